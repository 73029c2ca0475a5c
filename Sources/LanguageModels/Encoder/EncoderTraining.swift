package import Tensors

/// Trains a classifier on labelled texts: shuffled epochs, AdamW, linear warm-up and decay.
package struct EncoderTraining {
  package var epochs: Int
  /// Texts per step.
  package var batchSize: Int
  package var optimizer: OptimizerSettings
  /// Fraction of all steps with a rising learning rate, 0…1; afterwards it decays to 0.
  package var warmupShare: Double
  /// Maximum global gradient norm; 0 for no clipping.
  package var clipping: Double

  package init(
    epochs: Int, batchSize: Int, optimizer: OptimizerSettings, warmupShare: Double,
    clipping: Double = 0
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.optimizer = optimizer
    self.warmupShare = warmupShare
    self.clipping = clipping
  }

  /// Trains `network` in place.
  ///
  /// - Parameters:
  ///   - random: orders the examples of each epoch.
  ///   - report: called after every step; an error that it throws stops the run.
  /// - Throws: `EncoderError`, or `TrainingError.nonFinite` before a parameter has changed.
  package func train(
    _ network: EncoderNetwork, on examples: [EncoderExample], random: RandomSource,
    report: (TrainingStep) throws -> Void = { _ in }
  ) throws {
    try network.check(examples)
    let size = max(1, batchSize)
    let steps = epochs * ((examples.count + size - 1) / size)
    let schedule = LearningRateSchedule(
      .linear, warmupSteps: Int((warmupShare * Double(steps)).rounded(.up)))
    let trainer = Trainer(
      network, optimizer: optimizer, schedule: schedule, steps: steps, clipping: clipping)
    for epoch in 0..<epochs {
      var source = random.child(named: "epoch/\(epoch)")
      let order = examples.shuffled(using: &source)
      for first in stride(from: 0, to: order.count, by: size) {
        let batch = Array(order[first..<min(first + size, order.count)])
        try report(try trainer.step { try $0.accumulateGradients(batch) })
      }
    }
  }
}
