import Evaluation
import Spunge

/// What is done to every chosen model to see whether its forgetting holds.
package enum Attack: String, Sendable, Codable, CaseIterable {
  /// Fine-tuning on some of the text that was to be forgotten.
  case relearning
  /// Four-bit weights.
  case rounding

  /// Documents that relearning reads.
  package static let documents = 12

  var transform: any Transform {
    switch self {
    case .relearning:
      var relearn = Relearn()
      relearn.documents = Self.documents
      relearn.training.learningRate = 1e-3
      relearn.training.epochs = 2
      relearn.training.accumulation = 1
      relearn.training.loss = .all
      return relearn
    case .rounding: return Quantise()
    }
  }

  /// As a table's heading has it.
  package var title: String {
    switch self {
    case .relearning: "after relearning \(Self.documents) documents"
    case .rounding: "after rounding to 4 bits"
    }
  }

  /// A variant under this attack.
  func recipe(_ variant: Experiment.Variant) -> Recipe {
    Recipe(
      name: "\(variant.rawValue)_\(rawValue)", source: .variant(variant), then: [transform])
  }
}

/// What one chosen model does on one base model, before and after each attack: shares of what was to be forgotten.
package struct AttackedModel: Sendable, Hashable {
  package let row: String
  package let base: Double
  package let before: Double
  package let after: [Attack: Double]

  package init(row: String, base: Double, before: Double, after: [Attack: Double]) {
    self.row = row
    self.base = base
    self.before = before
    self.after = after
  }

  /// (after − before) ÷ (base − before); nil where nothing was forgotten that could come back, as in the base.
  package func regained(_ attack: Attack) -> Double? {
    guard base > before, let after = after[attack] else { return nil }
    return (after - before) / (base - before)
  }
}
