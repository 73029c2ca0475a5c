package import Foundation
package import LanguageModels
package import Tensors

/// What every step of a run needs besides its input; passed along, never global.
package struct RunContext {
  /// Seeded by the experiment; each step takes `random.child(named:)`.
  package let random: RandomSource
  /// What runs and trains the networks.
  package let engine: any Engine
  /// Of everything that is read: each file once.
  package let digests: FileDigests
  package let progress: any ProgressSink
  /// The time of day.
  package let now: () -> Date
  /// Bytes that training may use; nil for the fastest arrangement.
  package let memory: Int?
  /// Steps between two writes of a training state.
  package let stateInterval: Int
  /// How long another run that has the results folder is waited for.
  package let patience: Duration

  package init(
    random: RandomSource, digests: FileDigests, engine: any Engine = engines[0],
    progress: any ProgressSink = SilentProgress(),
    now: @escaping () -> Date = { Date() }, memory: Int? = nil, stateInterval: Int = 50,
    patience: Duration = .zero
  ) {
    self.random = random
    self.digests = digests
    self.engine = engine
    self.progress = progress
    self.now = now
    self.memory = memory
    self.stateInterval = stateInterval
    self.patience = patience
  }
}
