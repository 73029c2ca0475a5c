import Evaluation
import Foundation
package import Reporting

/// All experiments of a grid in one table; what two of them share is done once.
package struct GridRun {
  /// One experiment and what it is called among the others.
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
  ///   - results: folder of the common table; each member has its own inside `points`.
  ///   - shard: which of them are run; all by default.
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
    let directory = try RunDirectory(path: results)
    let record = try GridRecord(members.map(\.pipeline.experiment), shard: shard)
    var rows = GridRows()
    let own = members.enumerated().filter { shard?.takes($0.offset) ?? true }.map(\.element)
    // A mistake in the last should not be found after the first has been computed.
    if own.count > 1 { try own.forEach { try $0.pipeline.check() } }
    for member in own {
      rows.add(try member.pipeline.outcome(), of: member.pipeline.experiment, point: member.point)
    }
    for (row, samples) in rows.samples {
      for (task, documents) in Dictionary(grouping: samples, by: \.task) {
        try WholeFile.write(
          try JSONLinesText.encode(documents), to: directory.samplesFile(variant: row, task: task))
      }
    }
    try record.write(to: "\(directory.path)/\(GridRecord.fileName)")
    try WholeFile.write(try JSONLinesText.encode(rows.scores), to: directory.scoresFile)
    guard let first = members.first?.pipeline.experiment else {
      preconditionFailure("a grid without experiments")
    }
    let report = Report(
      title: first.name, records: rows.scores.filter { $0.group == nil }, samples: rows.samples,
      baseline: rows.baseline ?? "base", notes: rows.notes, seed: first.seed)
    try ReportFiles.write(report, formats: first.table.formats, to: directory.path)
    return report
  }
}

/// Rows of several experiments, each row once.
private struct GridRows {
  private(set) var scores: [ScoreRecord] = []
  private(set) var samples: [String: [SampleRecord]] = [:]
  private(set) var notes: [String] = []
  /// Row that the others are compared with.
  private(set) var baseline: String?
  private var known: Set<String> = []

  mutating func add(
    _ outcome: SpungePipeline.Outcome, of experiment: Experiment, point: ExperimentGrid.Point
  ) {
    for note in outcome.notes where !notes.contains(note) { notes.append(note) }
    for variant in experiment.scoring.variants {
      let own = variant.rowName(unlearning: experiment.unlearning.card.name)
      let label = point.label(of: variant)
      let row = label.isEmpty ? own : "\(own)/\(label)"
      if variant == experiment.table.baseline, baseline == nil { baseline = row }
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
