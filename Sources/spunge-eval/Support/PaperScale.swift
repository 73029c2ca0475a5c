import ArgumentParser
import Evaluation
import Formats
import Foundation
import LanguageModels
import Reporting
import Spunge
import Tensors

/// `reproduce --scale paper`: the paper's experiments with its own models.
struct PaperScale {
  let experiments: [PaperExperiment]
  /// Numbers of the requested tables and figures; everything if both are empty.
  let tables: [Int]
  let figures: [Int]
  let settings: PaperPlan.Settings
  let results: String

  /// Prints what the experiments need.
  func plan() throws { try Output.print(PaperPlan(experiments, settings).text) }

  /// Runs the experiments if nothing is missing.
  func run() throws {
    let plan = try PaperPlan(experiments, settings)
    guard plan.missing.isEmpty else {
      throw PaperScaleError.missing(plan.missingText)
    }
    var found: [PaperScores] = []
    for experiment in experiments {
      settings.progress.note("\(experiment.name): \(experiment.places.text)")
      if let scores = try run(experiment) { found.append(scores) }
    }
    guard !found.isEmpty else { return try Output.print("written to \(results)") }
    let report = try report(found)
    try report.write(to: results)
    try Output.print(report.overview(isWhole: tables.isEmpty && figures.isEmpty))
    try Output.print("written to \(results): report.html, summary.md, tables/, figures/")
  }

  /// - Returns: nil if all combinations of a file were run, as the paper's tables show one of them.
  private func run(_ experiment: PaperExperiment) throws -> PaperScores? {
    let folder = "\(results)/\(experiment.name.fileName)"
    let points = try settings.read(experiment).points
    let digests = FileDigests(work: settings.work, progress: settings.progress)
    let members = try points.enumerated().map { place, point in
      GridRun.Member(
        pipeline: try SpungePipeline(
          point.1, tasks: settings.tasks,
          paths: .init(
            data: FileManager.default.fileExists(atPath: settings.data) ? settings.data : nil,
            results: points.count == 1 ? folder : GridRun.folder(folder, point: place),
            work: settings.work),
          context: RunContext(
            random: RandomSource(seed: point.1.seed), digests: digests,
            progress: settings.progress)),
        point: point.0)
    }
    guard members.count == 1 else {
      try Output.print(ReportFormat.console.render(GridRun(members, results: folder).run()))
      return nil
    }
    let outcome = try members[0].pipeline.outcome()
    try Output.print(ReportFormat.console.render(outcome.report))
    return Self.scores(points[0].1, outcome.scores, outcome.samples)
  }

  /// An experiment's scores, by the paper's rows.
  static func scores(
    _ experiment: Experiment, _ records: [ScoreRecord], _ samples: [String: [SampleRecord]]
  ) -> PaperScores {
    let model = experiment.model
    return PaperScores(
      split: (experiment.splitter as? ByAttribute)?.attribute ?? "",
      model: ModelLocation.repository(of: model.expanded) ?? model.written, records: records,
      samples: samples)
  }

  /// Tables, figures and page in the paper's layout, as `reproduce` makes them for the miniature world.
  func report(_ found: [PaperScores]) throws -> PaperReport {
    PaperReport(
      title: "SPUNGE at full size",
      introduction: [
        "Split, unlearn, merge (Kadhe et al. 2024) with the paper's own models. Settings that the paper omits are "
          + "listed in tasks/experiments/paper with the values used."
      ],
      PaperArtefacts(
        PaperScores.joined(found),
        PaperArtefacts.Layout(
          tables: try BuiltInTasks.printedTables(), figures: try BuiltInTasks.printedFigures(),
          measures: .paper),
        tables: tables, figures: figures),
      beside:
        "Models and questions are the paper's; hyperparameters that it omits may differ.",
      provenance: [
        ("program", "spunge-eval \(Version.current)"),
        ("threads", "\(ThreadCount.current)"), ("machine", Machine.current().processor),
      ])
  }
}

/// Why the paper's experiments cannot be run.
enum PaperScaleError: InputFailure, CustomStringConvertible {
  case missing(String)

  var description: String {
    switch self {
    case .missing(let text):
      "some of what --scale paper needs is not on this machine; --plan shows all of it\n"
        + text
    }
  }
}
