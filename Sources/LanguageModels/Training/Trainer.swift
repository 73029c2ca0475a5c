package import Tensors

/// A network whose parameters an optimizer steps over.
package protocol TrainableNetwork: AnyObject {
  /// In a fixed order.
  var parameters: [TrainedParameter] { get }
  var backend: any ComputeBackend { get }
}

/// A training run: a network, its optimizer and the learning rate's course.
package final class Trainer<Network: TrainableNetwork> {
  package let network: Network
  package let optimizer: Optimizer
  private let schedule: LearningRateSchedule
  private let steps: Int
  private let clipping: GradientClipping

  /// - Parameters:
  ///   - steps: of the whole run: what the schedule counts.
  ///   - clipping: the joint gradient norm allowed; 0 for any.
  package init(
    _ network: Network, optimizer: OptimizerSettings, schedule: LearningRateSchedule, steps: Int,
    clipping: Double = 0
  ) {
    self.network = network
    self.optimizer = Optimizer(
      optimizer, parameters: network.parameters, backend: network.backend)
    self.schedule = schedule
    self.steps = steps
    self.clipping = GradientClipping(maximum: clipping)
  }

  /// One step along the gradient of any loss.
  ///
  /// - Parameter loss: runs the network forward and backward; returns the loss.
  /// - Throws: `TrainingError.nonFinite` before a parameter has changed if the loss or its gradient is not
  ///   finite, and what `loss` throws.
  package func step(_ loss: (Network) throws -> Double) throws -> TrainingStep {
    let index = optimizer.steps
    network.parameters.forEach { $0.gradient.fill(0) }
    let value = try loss(network)
    let norm = clipping.clip(network.parameters, backend: network.backend)
    for (quantity, number) in [("the loss", value), ("the gradient's norm", norm)]
    where !number.isFinite {
      throw TrainingError.nonFinite(step: index, quantity: quantity, value: "\(number)")
    }
    let factor = schedule.factor(step: index, of: steps)
    optimizer.step(factor: factor)
    return TrainingStep(
      step: index, loss: value, gradientNorm: norm,
      learningRate: optimizer.settings.learningRate * factor)
  }
}

extension Trainer: TrainableLM where Network == DecoderNetwork {
  package func step(_ terms: [LossTerm]) throws -> TrainingStep {
    var (values, states): ([Double], [HiddenStates?]) = ([], [])
    var step = try step { network in
      for term in terms {
        let (value, moved) = try network.accumulateGradients(term)
        values.append(value)
        states.append(moved)
      }
      return values.reduce(0, +)
    }
    (step.values, step.states) = (values, states)
    return step
  }

  package func loss(of batch: NextTokenBatch) throws -> Double {
    guard !batch.targets.isEmpty else { return 0 }
    let pass = try network.forward(batch.input, keep: false)
    let values = try network.logLikelihoods(
      pass, targets: batch.targets, weights: batch.weights)
    return -zip(batch.weights, values).reduce(0) { $0 + Double($1.0) * $1.1 }
  }

  package func requireFiniteParameters() throws {
    for parameter in network.parameters
    where !MergingKernels.allFinite(UnsafeBufferPointer(parameter.value.elements)) {
      throw TrainingError.nonFinite(
        step: optimizer.steps - 1, quantity: parameter.name, value: "not finite")
    }
  }

  package var trainedTensors: any Checkpoint { network.trainedTensors }
  package var adapter: Adapter? { network.adapter() }

  private var state: [(name: String, tensor: Tensor)] {
    network.parameters.map { ("value/\($0.name)", $0.value) } + optimizer.state
  }

  package func save(to path: String, run: String, notes: [String: String]) throws {
    try TrainingState.write(state, steps: optimizer.steps, run: run, notes: notes, to: path)
  }

  package func restore(
    from path: String, run: String, notes: Set<String>
  ) throws -> (steps: Int, notes: [String: String])? {
    guard let found = try TrainingState.restore(state, run: run, notes: notes, from: path) else {
      return nil
    }
    optimizer.resume(after: found.steps)
    return found
  }
}
