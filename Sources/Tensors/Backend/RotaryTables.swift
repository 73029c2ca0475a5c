import Formats

/// Cosines and sines of rotary position embeddings; Su et al. 2021, https://arxiv.org/abs/2104.09864
package struct RotaryTables: Sendable {
  /// `[positions, E/2]`.
  package let cosines: [Float]
  /// `[positions, E/2]`.
  package let sines: [Float]
  /// `E/2`.
  package let halfWidth: Int
  /// Rows.
  package let positions: Int

  /// - Parameters:
  ///   - inverseFrequencies: radians per position, `[E/2]`.
  ///   - positions: how many rows to compute.
  package init(inverseFrequencies: [Float], positions: Int) {
    halfWidth = inverseFrequencies.count
    self.positions = positions
    var cosines: [Float] = []
    var sines: [Float] = []
    cosines.reserveCapacity(positions * halfWidth)
    sines.reserveCapacity(positions * halfWidth)
    for position in 0..<positions {
      for frequency in inverseFrequencies {
        // The product is rounded to float32 before the cosine, as transformers does.
        let angle = Double(Float(position) * frequency)
        cosines.append(Float(PortableMath.cos(angle)))
        sines.append(Float(PortableMath.sin(angle)))
      }
    }
    self.cosines = cosines
    self.sines = sines
  }
}
