package import Evaluation

/// One row of a table with the documents behind it.
package struct ScoredVariant: Sendable {
  package var name: String
  package var scores: [ScoreRecord]
  package var samples: [SampleRecord]

  package init(name: String, scores: [ScoreRecord], samples: [SampleRecord]) {
    self.name = name
    self.scores = scores
    self.samples = samples
  }

  /// The same under another name.
  func named(_ name: String) -> ScoredVariant {
    ScoredVariant(
      name: name,
      scores: scores.map { score in
        var score = score
        score.model = name
        return score
      }, samples: samples)
  }
}
