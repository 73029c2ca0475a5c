package import Evaluation

/// Scores of one scenario over its base models: means, and how far the base models differ.
package struct PooledScores: Sendable {
  /// Rows, and columns of each, in order of appearance; `value` is the mean over base models.
  package let records: [ScoreRecord]
  /// Row → documents of all seeds, for paired tests.
  package let samples: [String: [SampleRecord]]

  /// Room for the documents of one seed in the joint numbering.
  private static let documentsOfSeed = 1 << 24

  /// - Parameter seeds: results of the same scenario. A row is the mean over the base models on which a setting of it
  ///   qualifies, without a value where none does; a score that one of them lacks is left out.
  package init(_ seeds: [SeedResult]) {
    var rows = ["base"]
    for row in seeds.flatMap(\.candidates).map(\.row) + seeds.flatMap(\.scores).map(\.model)
    where !rows.contains(row) { rows.append(row) }
    var columns: [[String]] = []
    var found: [String: [[String]: [(seed: Int, record: ScoreRecord)]]] = [:]
    for seed in seeds {
      for record in seed.scores {
        let column = [record.task, record.metric, record.filter]
        if !columns.contains(column) { columns.append(column) }
        found[record.model, default: [:]][column, default: []].append((seed.seed, record))
      }
    }
    records = rows.flatMap { row -> [ScoreRecord] in
      let expected = seeds.count { !$0.unqualified.contains(row) }
      return columns.compactMap { column in
        guard expected > 0 else {
          return Self.missing(row, like: found["base"]?[column]?.first?.record)
        }
        let records = found[row]?[column] ?? []
        return records.count == expected ? Self.pooled(records) : nil
      }
    }
    var samples: [String: [SampleRecord]] = [:]
    for (place, seed) in seeds.enumerated() {
      for (row, own) in seed.samples {
        samples[row, default: []] += own.map { sample in
          var sample = sample
          sample.documentID += place * Self.documentsOfSeed
          return sample
        }
      }
    }
    self.samples = samples
  }

  private static func missing(_ row: String, like record: ScoreRecord?) -> ScoreRecord? {
    record.map {
      ScoreRecord(
        model: row, task: $0.task, metric: $0.metric, filter: $0.filter, value: nil,
        standardError: nil, documents: 0, higherIsBetter: $0.higherIsBetter, fewShot: $0.fewShot,
        taskVersion: $0.taskVersion, reason: "no setting qualifies")
    }
  }

  /// The mean with the standard deviation between base models.
  private static func pooled(_ found: [(seed: Int, record: ScoreRecord)]) -> ScoreRecord? {
    let records = found.map(\.record)
    guard var pooled = records.first else { return nil }
    let values = records.compactMap(\.value)
    guard values.count == found.count else { return nil }
    guard found.count > 1 else { return pooled }
    let mean = values.reduce(0, +) / Double(found.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    pooled.value = mean
    pooled.standardError = nil
    pooled.deviation = (squares / Double(found.count - 1)).squareRoot()
    (pooled.lowerBound, pooled.upperBound) = (nil, nil)
    pooled.documents = records.reduce(0) { $0 + $1.documents }
    let cautions = found.compactMap { seed, record in
      record.caution.map { "base model \(seed): \($0)" }
    }
    pooled.caution = cautions.isEmpty ? nil : cautions.joined(separator: "; ")
    return pooled
  }
}
