/// A distribution over next tokens that a model is drawn to: softmax of logits in which the text's own next token is lowered.
///
/// No gradient flows through it.
package struct SoftTarget: Sendable, Hashable {
  /// Whose logits.
  package enum Source: Sendable, Hashable {
    /// The base model's.
    case base
    /// The model's own, as they are in this step.
    case model
  }

  package var source: Source
  /// What is taken off the logit of the text's next token; infinity: that token gets no probability.
  package var lowering: Double

  package init(source: Source, lowering: Double) {
    self.source = source
    self.lowering = lowering
  }

  /// Lowers the logits `[rows, V]` of the target tokens, one for each row.
  func lower(_ logits: UnsafeMutablePointer<Float>, width: Int, targets: [Int32]) {
    for (row, target) in targets.enumerated() {
      // A finite stand-in for −∞, which e^x takes to 0: 0 · ∞ is no number.
      logits[row * width + Int(target)] -= Float(min(lowering, 1e30))
    }
  }
}
