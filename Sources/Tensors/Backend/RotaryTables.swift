import Formats

/// Cosines and sines of rotary position embeddings; Su et al. 2021, https://arxiv.org/abs/2104.09864
package struct RotaryTables: Sendable {
  /// `[positions, R/2]`, of heads of which R elements are rotated.
  package let cosines: [Float]
  /// `[positions, R/2]`.
  package let sines: [Float]
  /// `R/2`.
  package let halfWidth: Int
  /// Rows.
  package let positions: Int

  /// - Parameters:
  ///   - inverseFrequencies: radians per position, `[R/2]`.
  ///   - positions: how many rows to compute.
  ///   - factor: on cosines and sines.
  package init(inverseFrequencies: [Float], positions: Int, factor: Float = 1) {
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
        cosines.append(Float(PortableMath.cos(angle)) * factor)
        sines.append(Float(PortableMath.sin(angle)) * factor)
      }
    }
    self.cosines = cosines
    self.sines = sines
  }
}
