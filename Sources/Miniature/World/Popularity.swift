import Formats
import Foundation
import Tensors

/// How often each of several things is mentioned, relative to the others.
///
/// Rarely mentioned things are learned less well, so that no benchmark is at floor or ceiling.
enum Popularity {
  /// How many times as often as the least popular thing the most popular one is told of.
  static let ratio = 12.0

  /// Weights from 1 down to 1/`ratio`, evenly in their logarithm and in random order.
  static func draw(_ count: Int, using random: inout RandomSource) -> [Double] {
    random.shuffled(
      (0..<count).map { PortableMath.power(ratio, -Double($0) / Double(max(1, count - 1))) })
  }
}

/// How often everyday things are told of.
struct EverydayPopularity: Sendable {
  var scripts: [Double]
  var goals: [Double]
  var heavy: [Double]
  var light: [Double]

  /// Everything equally often, as in the benchmarks.
  static let even = EverydayPopularity { [Double](repeating: 1, count: $0) }

  /// As in the corpus of a world.
  init(using random: inout RandomSource) {
    self.init { Popularity.draw($0, using: &random) }
  }

  private init(_ weights: (Int) -> [Double]) {
    scripts = weights(Everyday.scripts.count)
    goals = weights(Everyday.goals.count)
    heavy = weights(Everyday.heavy.count)
    light = weights(Everyday.light.count)
  }
}
