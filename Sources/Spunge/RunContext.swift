package import Foundation
package import LanguageModels
package import Tensors

/// What every step of a run needs besides its input; passed explicitly, never global.
package struct RunContext {
  /// Seeded by the experiment; each step takes `random.child(named:)`.
  package let random: RandomSource
  /// The engine that runs and trains networks.
  package let engine: any Engine
  /// Of everything that is read: each file once.
  package let digests: FileDigests
  package let progress: any ProgressSink
  /// The time of day.
  package let now: () -> Date
  /// Memory limit for training in bytes; nil to use what is fastest.
  package let memory: Int?
  /// Steps between two checkpoints of the training state.
  package let stateInterval: Int
  /// How long to wait for another run that has locked the results folder.
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
