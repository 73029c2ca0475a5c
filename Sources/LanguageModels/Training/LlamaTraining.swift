package import Tensors

/// A training run: a network, its optimizer and the learning rate's course.
///
///     let training = try LlamaTraining(network, optimizer: .init(.adamW, learningRate: 1e-3),
///       schedule: .init(.cosine), steps: batches.count)
///     try training.train(batches) { step in … }
package final class LlamaTraining {
  package let network: LlamaNetwork
  package let optimizer: Optimizer
  package let schedule: LearningRateSchedule
  /// Steps of the whole run.
  package let steps: Int
  package let clipping: GradientClipping

  /// What one step measured.
  package struct Step: Sendable, Hashable, Codable {
    /// Counted from 0.
    package var step: Int
    /// Mean over the weighted targets, in nats, or what a loss of another kind returned.
    package var loss: Double
    /// Before clipping.
    package var gradientNorm: Double
    package var learningRate: Double
  }

  /// - Parameters:
  ///   - steps: of the whole run: what the schedule counts.
  ///   - clipping: the joint gradient norm allowed; 0 for any.
  package init(
    _ network: LlamaNetwork, optimizer: OptimizerSettings, schedule: LearningRateSchedule,
    steps: Int, clipping: Double = 0
  ) {
    self.network = network
    self.optimizer = Optimizer(
      optimizer, parameters: network.parameters, backend: network.backend)
    self.schedule = schedule
    self.steps = steps
    self.clipping = GradientClipping(maximum: clipping)
  }

  /// One step of next-token cross entropy on each batch.
  package func train(
    _ batches: some Sequence<NextTokenBatch>, random: RandomSource = RandomSource(seed: 0),
    report: (Step) throws -> Void = { _ in }
  ) throws {
    for batch in batches { try report(try step([batch], random: random)) }
  }

  /// One step of mean next-token cross entropy over batches whose gradients are accumulated.
  /// - Parameter random: seeds the dropout masks of the step.
  package func step(_ batches: [NextTokenBatch], random: RandomSource) throws -> Step {
    let weight = batches.reduce(0.0) { $0 + $1.totalWeight }
    guard weight > 0 else { throw TrainingError.nothingToPredict(step: optimizer.steps) }
    let seeds = random.child(named: "dropout/\(optimizer.steps)")
    return try step { network in
      try batches.enumerated().reduce(0.0) { sum, item in
        let seed = seeds.child(named: "\(item.offset)").seed
        return try sum
          + network.trainNextToken(
            item.element, scale: 1 / weight, adapters: .train(seed: seed))
      }
    }
  }

  /// One step of any loss.
  /// - Parameter loss: runs the network forward and backward; returns the loss.
  /// - Throws: `TrainingError.nonFinite` before a parameter has changed if the loss or its gradient is not
  ///   finite, and what `loss` throws.
  package func step(_ loss: (LlamaNetwork) throws -> Double) throws -> Step {
    let index = optimizer.steps
    network.zeroGradients()
    let value = try loss(network)
    let norm = clipping.clip(network.parameters, backend: network.backend)
    for (quantity, number) in [("the loss", value), ("the gradient's norm", norm)]
    where !number.isFinite {
      throw TrainingError.nonFinite(step: index, quantity: quantity, value: "\(number)")
    }
    let factor = schedule.factor(step: index, of: steps)
    optimizer.step(factor: factor)
    return Step(
      step: index, loss: value, gradientNorm: norm,
      learningRate: optimizer.settings.learningRate * factor)
  }
}
