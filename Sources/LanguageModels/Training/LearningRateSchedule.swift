import Formats
import Foundation

/// How the learning rate moves over a run, as a factor of its largest value.
///
/// Warm-up, cosine, linear and constant are those of transformers (`get_cosine_schedule_with_warmup` and so on),
/// where the first of `w` warm-up steps has factor 0.
package struct LearningRateSchedule: Sendable, Hashable {
  package enum Shape: String, Sendable, Hashable, CaseIterable {
    /// Half a cosine from 1 to 0.
    case cosine
    /// A line from 1 to 0.
    case linear
    case constant
    /// 1, then a line down to `floor` over the last `decayShare` of all steps.
    case trapezoid
  }

  package var shape: Shape
  /// Steps at the start in which the factor rises from 0 to 1.
  package var warmupSteps: Int
  /// Share of all steps in which a trapezoid falls, 0…1.
  package var decayShare: Double
  /// Where a trapezoid ends.
  package var floor: Double

  package init(
    _ shape: Shape, warmupSteps: Int = 0, decayShare: Double = 0.5, floor: Double = 0
  ) {
    self.shape = shape
    self.warmupSteps = warmupSteps
    self.decayShare = decayShare
    self.floor = floor
  }

  /// The factor of a step.
  /// - Parameters:
  ///   - step: counted from 0.
  ///   - total: steps of the whole run.
  package func factor(step: Int, of total: Int) -> Double {
    if step < warmupSteps { return Double(step) / Double(warmupSteps) }
    let progress = Double(step - warmupSteps) / Double(max(1, total - warmupSteps))
    switch shape {
    case .constant: return 1
    case .linear: return max(0, 1 - progress)
    case .cosine: return max(0, 0.5 * (1 + PortableMath.cos(.pi * progress)))
    case .trapezoid:
      let left = 1 - Double(step) / Double(max(1, total))
      return left >= decayShare || decayShare <= 0 ? 1 : max(floor, left / decayShare)
    }
  }
}
