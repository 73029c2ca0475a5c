import Foundation

extension DecoderConfiguration {
  /// The rotary position embedding.
  package struct Rotary: Sendable, Hashable {
    /// How the frequencies are stretched for longer contexts.
    package enum Scaling: Sendable, Hashable {
      case none
      /// All frequencies divided by `factor`.
      case linear(factor: Double)
      /// As `none` up to the context length; for longer sequences the base grows with the length, which is not done
      /// here (NTK-aware scaling).
      case dynamic(factor: Double)
      /// Low frequencies divided by `factor`, high ones kept, those between interpolated (Llama 3.1).
      case llama3(factor: Double, lowFactor: Double, highFactor: Double, originalContext: Double)
    }

    /// Base of the geometric series of wavelengths (θ).
    package var theta: Double
    package var scaling: Scaling

    package init(theta: Double, scaling: Scaling = .none) {
      self.theta = theta
      self.scaling = scaling
    }

    /// Angle per position of each pair of a head's elements, `[E/2]`, in radians.
    ///
    /// In float32 and in the order of transformers' operations, so that the last bits agree but for the
    /// rounding of its vectorised power function.
    package func inverseFrequencies(headWidth: Int) -> [Float] {
      let base = stride(from: 0, to: headWidth, by: 2).map { index in
        1 / powf(Float(theta), Float(index) / Float(headWidth))
      }
      switch scaling {
      case .none, .dynamic: return base
      case .linear(let factor): return base.map { $0 / Float(factor) }
      case .llama3(let factor, let low, let high, let context):
        return base.map { frequency in
          let wavelength = Float(2 * Double.pi) / frequency
          if wavelength < Float(context / high) { return frequency }
          if wavelength > Float(context / low) { return frequency / Float(factor) }
          let smooth = (Float(context) / wavelength - Float(low)) / Float(high - low)
          return (1 - smooth) * frequency / Float(factor) + smooth * frequency
        }
      }
    }
  }
}

extension DecoderConfiguration {
  /// Angle per position of each pair of a head's elements, `[E/2]`, in radians.
  package var inverseFrequencies: [Float] { rotary.inverseFrequencies(headWidth: headWidth) }
}
