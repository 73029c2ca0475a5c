import Evaluation
import Foundation
package import Reporting

/// Runs all experiments of a grid and puts them into one table; shared steps run once.
package struct GridRun {
  /// One experiment and its point in the grid.
  package struct Member {
    package var pipeline: SpungePipeline
    package var point: ExperimentGrid.Point

    package init(pipeline: SpungePipeline, point: ExperimentGrid.Point) {
      self.pipeline = pipeline
      self.point = point
    }
  }

  private let members: [Member]
  private let results: String
  private let shard: Shard?

  /// - Parameters:
  ///   - members: all points of the grid.
  ///   - results: folder of the common table; each member's folder is inside `points`.
  ///   - shard: which members to run; all by default.
  package init(_ members: [Member], results: String, shard: Shard? = nil) {
    self.members = members
    self.results = results
    self.shard = shard
  }

  /// Folder of a point's own results.
  package static func folder(_ results: String, point: Int) -> String {
    "\(results)/points/\(point + 1)"
  }

  package func run() throws -> Report {
    guard let first = members.first?.pipeline else {
      preconditionFailure("a grid without experiments")
    }
    let directory = try RunDirectory(path: results, patience: first.context.patience)
    var record = try GridRecord(members.map(\.pipeline.experiment), shard: shard)
    (record.rows, record.baseline) = Self.order(members)
    record.seed = first.experiment.seed
    var rows = GridRows()
    var notes: [String: [String]] = [:]
    let own = members.enumerated().filter { shard?.takes($0.offset) ?? true }
    // Find mistakes in the last member before computing the first.
    let plans: [Plan?] = own.count > 1 ? try Self.plans(own.map(\.element)) : [nil]
    for ((place, member), plan) in zip(own, plans) {
      let outcome = try member.pipeline.outcome(plan)
      notes["\(place + 1)"] = outcome.notes
      rows.add(outcome, of: member.pipeline.experiment, point: member.point)
    }
    record.notes = notes
    for (row, samples) in rows.samples {
      for (task, documents) in Dictionary(grouping: samples, by: \.task) {
        try WholeFile.write(
          try JSONLinesText.encode(documents), to: directory.samplesFile(variant: row, task: task))
      }
    }
    try record.write(to: "\(directory.path)/\(GridRecord.fileName)")
    try WholeFile.write(try JSONLinesText.encode(rows.scores), to: directory.scoresFile)
    let report = Report(
      title: first.experiment.name, records: rows.scores.filter { $0.group == nil },
      samples: rows.samples,
      baseline: record.baseline ?? "base", notes: record.orderedNotes, seed: first.experiment.seed)
    try ReportFiles.write(report, formats: first.experiment.table.formats, to: directory.path)
    return report
  }

  /// The plan of each member; what their experiments have in common is read once.
  package static func plans(_ members: [Member]) throws -> [Plan] {
    let planner = Planner()
    return try members.map { try planner.plan($0.pipeline) }
  }

  /// All members' rows without duplicates, and the baseline row.
  private static func order(_ members: [Member]) -> (rows: [String], baseline: String?) {
    var rows: [String] = []
    var baseline: String?
    for member in members {
      let experiment = member.pipeline.experiment
      for variant in experiment.scored {
        let row = member.point.row(of: variant)
        if variant.name == experiment.baselineRow, baseline == nil { baseline = row }
        if !rows.contains(row) { rows.append(row) }
      }
    }
    return (rows, baseline)
  }
}

/// Rows of several experiments without duplicates.
private struct GridRows {
  private(set) var scores: [ScoreRecord] = []
  private(set) var samples: [String: [SampleRecord]] = [:]
  private var known: Set<String> = []

  mutating func add(
    _ outcome: SpungePipeline.Outcome, of experiment: Experiment, point: ExperimentGrid.Point
  ) {
    for variant in experiment.scored {
      let own = variant.name
      let row = point.row(of: variant)
      guard known.insert(row).inserted else { continue }
      scores += outcome.scores.filter { $0.model == own }.map { score in
        var score = score
        score.model = row
        return score
      }
      samples[row] = outcome.samples[own]
    }
  }
}

extension ExperimentGrid.Point {
  /// The row name of this point's variant in the common table.
  func row(of variant: Recipe) -> String {
    let label = label(of: variant)
    return label.isEmpty ? variant.name : "\(variant.name)/\(label)"
  }
}
