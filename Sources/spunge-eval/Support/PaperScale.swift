import Formats
import ArgumentParser
import Evaluation
import Foundation
import LanguageModels
import Reporting
import Spunge
import Tensors

/// `reproduce --scale paper`: the paper's experiments with its own models.
struct PaperScale {
  let experiments: [PaperExperiment]
  let settings: PaperPlan.Settings
  let results: String

  /// Prints what is needed.
  func plan() throws { try Output.print(PaperPlan(experiments, settings).text) }

  /// Runs the experiments, if everything is there.
  func run() throws {
    let plan = try PaperPlan(experiments, settings)
    guard plan.missing.isEmpty else {
      throw PaperScaleError.missing(plan.missingText)
    }
    var found: [Measured] = []
    for experiment in experiments {
      settings.progress.note(experiment.title)
      found.append(try run(experiment))
    }
    for comparison in try Self.comparisons(found) {
      try WholeFile.write(
        comparison.markdown, to: "\(results)/beside-\(comparison.table.name.fileName).md")
      try Output.print(comparison.text)
    }
    try Output.print("written to \(results)")
  }

  /// What one of the experiments measured.
  struct Measured {
    /// Files of `results/paper` that it is for.
    var printed: [String]
    /// The base model's Hugging Face id.
    var base: String
    var scores: [ScoreRecord]
  }

  private func run(_ experiment: PaperExperiment) throws -> Measured {
    let folder = "\(results)/\(experiment.name.fileName)"
    let points = try settings.read(experiment).points
    let members = try points.enumerated().map { place, point in
      GridRun.Member(
        pipeline: try SpungePipeline(
          point.1, tasks: settings.tasks,
          paths: .init(
            data: FileManager.default.fileExists(atPath: settings.data) ? settings.data : nil,
            results: points.count == 1 ? folder : GridRun.folder(folder, point: place),
            work: settings.work),
          context: RunContext(
            random: RandomSource(seed: point.1.seed), progress: settings.progress)),
        point: point.0)
    }
    let model = points[0].1.model
    var measured = Measured(
      printed: experiment.printed,
      base: ModelLocation.repository(of: model.expanded) ?? model.written, scores: [])
    if members.count == 1 {
      let outcome = try members[0].pipeline.outcome()
      try Output.print(ReportFormat.console.render(outcome.report))
      measured.scores = outcome.scores
      return measured
    }
    try Output.print(ReportFormat.console.render(GridRun(members, results: folder).run()))
    return measured
  }

  /// The paper's cells beside the scores of the same rows of the same base models.
  static func comparisons(_ found: [Measured]) throws -> [PaperComparison] {
    try Set(found.flatMap(\.printed)).sorted().compactMap { name in
      let table = try PaperTable(path: "\(try BuiltInTasks.paper())/\(name).json")
      let models = Set(table.rows.map(\.model))
      var seen: Set<[String]> = []
      let records = found.filter { $0.printed.contains(name) && models.contains($0.base) }
        .flatMap(\.scores)
        .filter { seen.insert([$0.model, $0.task, $0.metric, $0.filter]).inserted }
      return records.isEmpty ? nil : PaperComparison(table, measured: ScoreTable(records))
    }
  }
}

/// Why the paper's experiments cannot be run.
enum PaperScaleError: InputFailure, CustomStringConvertible {
  case missing(String)

  var description: String {
    switch self {
    case .missing(let text):
      "not everything that --scale paper needs is on this machine; --plan says how much it is\n"
        + text
    }
  }
}
