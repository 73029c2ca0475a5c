import Formats
import Foundation
package import Tensors

/// How the weights of a new network are drawn.
package enum WeightInitialization: Sendable, Hashable {
  /// Every matrix normal with this standard deviation, as transformers' `initializer_range`.
  case normal(deviation: Double)
  /// Matrices of blocks normal with deviation 1/√(fan-in), divided by √(2L) where they write to the residual
  /// stream; embeddings and head with this deviation.
  case scaled(embedding: Double)

  /// A new network: gains 1, biases 0, matrices drawn tensor by tensor from streams of their own.
  package func checkpoint(
    _ configuration: DecoderConfiguration, random: RandomSource
  ) -> any Checkpoint {
    MemoryCheckpoint(
      configuration.expectedTensors.map { name, shape in
        let count = shape.reduce(1, *)
        guard shape.count == 2 else {
          let gain = Tensor(shape)
          let isZero =
            name.hasSuffix(".bias") || configuration.architecture.norm == .rootMeanSquareAroundOne
          gain.fill(isZero ? 0 : 1)
          return (name, gain)
        }
        var source = random.child(named: name)
        let deviation = deviation(of: name, fanIn: shape[1], layers: configuration.layerCount)
        return (name, Tensor(shape, Self.normal(count, deviation: deviation, using: &source)))
      })
  }

  private func deviation(of name: String, fanIn: Int, layers: Int) -> Double {
    switch self {
    case .normal(let deviation): return deviation
    case .scaled(let embedding):
      guard DecoderNames.layerIndex(name) != nil else { return embedding }
      let writesResidual = name.hasSuffix("o_proj.weight") || name.hasSuffix("down_proj.weight")
      return 1 / Double(fanIn * (writesResidual ? 2 * layers : 1)).squareRoot()
    }
  }

  /// Normal numbers by Box and Muller's method.
  static func normal(
    _ count: Int, deviation: Double, using random: inout RandomSource
  ) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(count + 1)
    while values.count < count {
      let radius = (-2 * PortableMath.log(1 - random.uniform())).squareRoot() * deviation
      let angle = 2 * Double.pi * random.uniform()
      values += [Float(radius * PortableMath.cos(angle)), Float(radius * PortableMath.sin(angle))]
    }
    return Array(values.prefix(count))
  }
}
