package import Foundation
package import Tensors

/// What every step of a run needs besides its input; passed along, never global.
package struct RunContext {
  /// Seeded by the experiment; each step takes `random.child(named:)`.
  package let random: RandomSource
  package let progress: any ProgressSink
  /// The time of day.
  package let now: () -> Date

  package init(
    random: RandomSource, progress: any ProgressSink = SilentProgress(),
    now: @escaping () -> Date = { Date() }
  ) {
    self.random = random
    self.progress = progress
    self.now = now
  }
}
