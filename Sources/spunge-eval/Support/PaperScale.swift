import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Spunge
import Tensors

/// `reproduce --scale paper`: the paper's experiments with its own models.
struct PaperScale {
  let experiments: [PaperExperiment]
  let settings: PaperPlan.Settings
  let results: String

  /// Prints what is needed.
  func plan() throws { print(try PaperPlan(experiments, settings).text) }

  /// Runs the experiments, if everything is there.
  func run() throws {
    let plan = try PaperPlan(experiments, settings)
    guard plan.missing.isEmpty else {
      throw PaperScaleError.missing(plan.missingText)
    }
    var found: [String: [ScoreRecord]] = [:]
    for experiment in experiments {
      settings.progress.note(experiment.title)
      let scores = try run(experiment)
      for name in experiment.printed { found[name, default: []] += scores }
    }
    try besides(found)
    print("written to \(results)")
  }

  private func run(_ experiment: PaperExperiment) throws -> [ScoreRecord] {
    let folder = "\(results)/\(experiment.name)"
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
    if members.count == 1 {
      let outcome = try members[0].pipeline.outcome()
      print(ReportFormat.console.render(outcome.report))
      return outcome.scores
    }
    print(ReportFormat.console.render(try GridRun(members, results: folder).run()))
    return []
  }

  /// The paper's cells beside the scores of the same rows.
  private func besides(_ found: [String: [ScoreRecord]]) throws {
    for (name, scores) in found.sorted(by: { $0.key < $1.key }) where !scores.isEmpty {
      var seen: Set<[String]> = []
      let records = scores.filter {
        seen.insert([$0.model, $0.task, $0.metric, $0.filter]).inserted
      }
      let comparison = PaperComparison(
        try PaperTable(path: "\(try BuiltInTasks.paper())/\(name).json"),
        measured: ScoreTable(records))
      try WholeFile.write(comparison.markdown, to: "\(results)/beside-\(name).md")
      print(comparison.text)
    }
  }
}

/// Why the paper's experiments cannot be run.
enum PaperScaleError: Error, CustomStringConvertible {
  case missing(String)

  var description: String {
    switch self {
    case .missing(let text):
      "not everything that --scale paper needs is on this machine; --plan says how much it is\n"
        + text
    }
  }
}
