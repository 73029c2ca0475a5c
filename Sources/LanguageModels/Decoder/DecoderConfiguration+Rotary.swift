import Formats
import Foundation
import Tensors

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
      /// Each frequency divided by a number of its own, from one list for sequences up to the original context and
      /// another for longer ones, `[R/2]` each; cosines and sines times `attention`.
      /// Ding et al. 2024, https://arxiv.org/abs/2402.13753
      case longrope(short: [Double], long: [Double], originalContext: Double, attention: Double)
      /// Frequencies that turn less than `slow` times in the original context divided by `factor`, those that turn more
      /// than `fast` times kept, between them a ramp; cosines and sines times `attention`.
      /// Peng et al. 2023, https://arxiv.org/abs/2309.00071
      case yarn(
        factor: Double, slow: Double, fast: Double, originalContext: Double, attention: Double,
        truncates: Bool)
    }

    /// Base of the geometric series of wavelengths (θ).
    package var theta: Double
    package var scaling: Scaling

    package init(theta: Double, scaling: Scaling = .none) {
      self.theta = theta
      self.scaling = scaling
    }

    /// What cosines and sines are multiplied by.
    var attentionFactor: Float {
      switch scaling {
      case .longrope(_, _, _, let attention), .yarn(_, _, _, _, let attention, _): Float(attention)
      default: 1
      }
    }

    /// Angle per position of each pair of a head's rotated elements, `[R/2]`, in radians.
    ///
    /// In float32 and in the order of transformers' operations, so that the last bits agree but for the
    /// rounding of its vectorised power function.
    /// - Parameters:
    ///   - headWidth: R.
    ///   - isLong: whether the sequence is longer than the original context.
    package func inverseFrequencies(headWidth: Int, isLong: Bool = false) -> [Float] {
      let powers = stride(from: 0, to: headWidth, by: 2).map { index in
        powf(Float(theta), Float(index) / Float(headWidth))
      }
      let base = powers.map { 1 / $0 }
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
      case .longrope(let short, let long, _, _):
        return zip(isLong ? long : short, powers).map { 1 / (Float($0) * $1) }
      case .yarn(let factor, let slow, let fast, let context, _, let truncates):
        // Number of the pair that turns so many times in the original context.
        func pair(_ turns: Double) -> Double {
          Double(headWidth) * PortableMath.log(context / (turns * 2 * Double.pi))
            / (2 * PortableMath.log(theta))
        }
        let first = max(truncates ? pair(fast).rounded(.down) : pair(fast), 0)
        var last = min(truncates ? pair(slow).rounded(.up) : pair(slow), Double(headWidth - 1))
        if first == last { last += 0.001 }
        return powers.enumerated().map { index, power in
          let ramp = min(max((Float(index) - Float(first)) / Float(last - first), 0), 1)
          let kept = 1 - ramp
          return 1 / (Float(factor) * power) * (1 - kept) + 1 / power * kept
        }
      }
    }
  }
}

extension DecoderConfiguration {
  /// Angle per position of each pair of a head's rotated elements, `[R/2]`, in radians.
  package var inverseFrequencies: [Float] { rotary.inverseFrequencies(headWidth: rotaryWidth) }

  /// Cosines and sines of layers without a window, then of those that have one, if theirs differ.
  /// - Parameter isLong: whether sequences are longer than the original context.
  func rotaryTables(positions: Int, isLong: Bool = false) -> [RotaryTables] {
    [rotary, localRotary].compactMap { rotary in
      guard let rotary else { return nil }
      return RotaryTables(
        inverseFrequencies: architecture.positions == .learnt
          ? [] : rotary.inverseFrequencies(headWidth: rotaryWidth, isLong: isLong),
        positions: positions, factor: rotary.attentionFactor)
    }
  }

  /// What is wrong with a list of a rotary embedding's factors.
  var scalingProblems: [String] {
    guard case .longrope(let short, let long, _, _) = rotary.scaling else { return [] }
    return [("short_factor", short), ("long_factor", long)].compactMap { name, factors in
      factors.count == rotaryWidth / 2
        ? nil
        : "'\(name)' has \(factors.count) numbers; \(rotaryWidth / 2) pairs of a head's elements are rotated"
    }
  }
}
