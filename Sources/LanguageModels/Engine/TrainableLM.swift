package import Tensors

/// Everything that a training run is made from.
package struct TrainingSetup {
  package var configuration: DecoderConfiguration
  /// The starting point, checked against the configuration by the caller.
  package var base: any Checkpoint
  package var trainable: TrainableParameters
  package var optimizer: OptimizerSettings
  package var schedule: LearningRateSchedule
  /// Steps of the whole run: what the schedule counts.
  package var steps: Int
  /// The joint gradient norm allowed; 0 for any.
  package var clipping: Double
  /// Draws the initial low-rank factors.
  package var random: RandomSource
  package var memory: TrainingMemory
  /// Type that operands of products are rounded to; sums, parameters and moments are float32.
  package var computeType: ComputeType

  package init(
    configuration: DecoderConfiguration, base: any Checkpoint, trainable: TrainableParameters,
    optimizer: OptimizerSettings, schedule: LearningRateSchedule, steps: Int, clipping: Double = 0,
    random: RandomSource, memory: TrainingMemory = .fastest, computeType: ComputeType = .float32
  ) {
    self.configuration = configuration
    self.base = base
    self.trainable = trainable
    self.optimizer = optimizer
    self.schedule = schedule
    self.steps = steps
    self.clipping = clipping
    self.random = random
    self.memory = memory
    self.computeType = computeType
  }
}

/// A language model that trains, with its optimizer.
package protocol TrainableLM: AnyObject {
  /// One optimizer step along the gradient of the terms' sum.
  ///
  /// - Throws: `TrainingError.nonFinite` before a parameter has changed if the loss or its gradient is not
  ///   finite; `TrainingError` for tokens that the model does not have.
  func step(_ terms: [LossTerm]) throws -> TrainingStep

  /// Σ weight · −log-likelihood of the targets under the model as it is, in nats; without dropout or a gradient.
  ///
  /// - Throws: `TrainingError` for tokens that the model does not have.
  func loss(of batch: NextTokenBatch) throws -> Double

  /// Throws `TrainingError.nonFinite` for a trained parameter that is not finite.
  func requireFiniteParameters() throws

  /// The tensors that trained as whole, under their checkpoint names; not copies, so train no further while they
  /// are in use.
  var trainedTensors: any Checkpoint { get }
  /// The low-rank factors as they are now; `nil` where whole tensors train.
  var adapter: Adapter? { get }

  /// Writes parameters, moments and the number of steps to a file.
  ///
  /// - Parameters:
  ///   - run: what the run depends on: a state of another run is refused.
  ///   - notes: what else the run needs to go on.
  /// - Throws: `TrainingStateError`, `FileError`.
  func save(to path: String, run: String, notes: [String: String]) throws

  /// Takes up the state at `path`, if there is one.
  ///
  /// - Returns: steps taken so far and the notes; `nil` without a state.
  /// - Throws: `TrainingStateError`, or what reading throws.
  func restore(
    from path: String, run: String, notes: Set<String>
  ) throws -> (steps: Int, notes: [String: String])?
}

/// What one training step measured.
package struct TrainingStep: Sendable, Hashable {
  /// Counted from 0.
  package var step: Int
  /// Sum of the terms.
  package var loss: Double
  /// Of each term, in their order.
  package var values: [Double] = []
  /// Of each term on hidden states; `nil` for the others.
  package var states: [HiddenStates?] = []
  /// Before clipping.
  package var gradientNorm: Double
  package var learningRate: Double
}
