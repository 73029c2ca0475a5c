/// How near the hidden states of a model are to its base's: a weighted mean over tokens, and a mean over layers.
package struct RepresentationLoss: Sendable, Hashable {
  package enum Measure: Sendable, Hashable {
    /// max(0, cosine): falls as states turn away from where they were, until they are orthogonal.
    case alignment
    /// Length of the difference.
    case distance
  }

  /// Layers whose outputs are compared, counted from 0, each once.
  package var layers: [Int]
  package var measure: Measure
  package var weight: Double
  /// What the weighted sum over tokens is divided by.
  package var total: Double

  package init(layers: [Int], measure: Measure, weight: Double, total: Double) {
    self.layers = layers
    self.measure = measure
    self.weight = weight
    self.total = total
  }

  /// Blocks that have to be computed.
  var depth: Int { (layers.max() ?? -1) + 1 }
}
