package import Foundation

/// What every step of a run needs besides its input; passed along, never global.
package struct RunContext {
  /// The experiment's seed; steps take `seed.child(named:)`.
  package let seed: RandomSeed
  package let progress: any ProgressSink
  /// The time of day.
  package let now: () -> Date

  package init(
    seed: RandomSeed, progress: any ProgressSink = SilentProgress(),
    now: @escaping () -> Date = { Date() }
  ) {
    self.seed = seed
    self.progress = progress
    self.now = now
  }
}
