package import Evaluation

/// Scores of one scenario over its base models: means, and how far the base models differ.
package struct PooledScores: Sendable {
  /// Row, task, metric and filter in order of appearance; `value` is the mean over seeds.
  package let records: [ScoreRecord]
  /// Row → documents of all seeds, for paired tests.
  package let samples: [String: [SampleRecord]]

  /// Room for the documents of one seed in the joint numbering.
  private static let documentsOfSeed = 1 << 24

  /// - Parameter seeds: results of the same scenario; a score that a seed lacks is left out.
  package init(_ seeds: [SeedResult]) {
    var order: [[String]] = []
    var values: [[String]: [ScoreRecord]] = [:]
    for record in seeds.flatMap(\.scores) {
      let key = [record.model, record.task, record.metric, record.filter]
      if values[key] == nil { order.append(key) }
      values[key, default: []].append(record)
    }
    records = order.compactMap { key in
      Self.pooled(values[key] ?? [], seeds: seeds.map(\.seed))
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

  /// The mean with the standard deviation between base models.
  private static func pooled(_ records: [ScoreRecord], seeds: [Int]) -> ScoreRecord? {
    guard var pooled = records.first, records.count == seeds.count else { return nil }
    let values = records.compactMap(\.value)
    guard values.count == seeds.count else { return nil }
    guard seeds.count > 1 else { return pooled }
    let mean = values.reduce(0, +) / Double(seeds.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    pooled.value = mean
    pooled.standardError = nil
    pooled.deviation = (squares / Double(seeds.count - 1)).squareRoot()
    (pooled.lowerBound, pooled.upperBound) = (nil, nil)
    pooled.documents = records.reduce(0) { $0 + $1.documents }
    let cautions = zip(seeds, records).compactMap { seed, record in
      record.caution.map { "base model \(seed): \($0)" }
    }
    pooled.caution = cautions.isEmpty ? nil : cautions.joined(separator: "; ")
    return pooled
  }
}
