import Foundation
import Tensors

/// How often each of several things is told of, relative to the others.
///
/// What is seldom told is known badly, so that no benchmark is all right or all wrong.
enum Popularity {
  /// How many times as often as the least popular thing the most popular one is told of.
  static let ratio = 12.0

  /// Weights from 1 down to 1/`ratio`, evenly in their logarithm and in random order.
  static func draw(_ count: Int, using random: inout RandomSource) -> [Double] {
    random.shuffled((0..<count).map { pow(ratio, -Double($0) / Double(max(1, count - 1))) })
  }
}
