import Foundation
import LanguageModels
import Tensors

/// The state of one RMU run: the parameters that train, with gradients and AdamW's moments.
///
/// Frozen weights are kept as float32, or widened from their file at each use, as the job's memory says.
final class RMURun {
  private let method: RMU
  private let job: UnlearningJob
  private let runner: BlockRunner
  private let pool = TensorPool()
  /// Lowest block that trains: below it both models have the same hidden states.
  private let lowest: Int
  private let parameters: [Parameter]
  /// Block → its parameters that train.
  private let values: [Int: [LlamaBlock.Part: Tensor]]
  private let gradients: [Int: BlockGradients]
  private let lists: BatchLists
  private let controls: [[Float]]
  private var blocks: [Int: LlamaBlock] = [:]

  private struct Parameter {
    let name: String
    let value: Tensor
    let gradient: Tensor
    let firstMoment: Tensor
    let secondMoment: Tensor
  }

  /// A block of the forward pass, as its backward pass needs it.
  private struct Kept {
    let index: Int
    let input: Tensor
    /// Nil where both are made again.
    var made: (block: LlamaBlock, activations: BlockActivations)?
  }

  init(_ method: RMU, _ job: UnlearningJob) throws {
    self.method = method
    self.job = job
    try method.check(job)
    lists = Self.batchLists(method, forget: job.forget, retain: job.retain)
    controls = try Self.controlVectors(method, job)
    runner = BlockRunner(
      configuration: job.configuration, backend: job.backend, positions: lists.longest, pool: pool)
    lowest = method.trainedLayers.min() ?? 0
    var values: [Int: [LlamaBlock.Part: Tensor]] = [:]
    var gradients: [Int: BlockGradients] = [:]
    var parameters: [Parameter] = []
    for layer in Set(method.trainedLayers).sorted() {
      let block = try LlamaBlock(index: layer, checkpoint: job.base, pool: pool)
      let own = BlockGradients(block, parts: method.trainedParts)
      gradients[layer] = own
      for part in method.trainedParts {
        guard let gradient = own[part] else { continue }
        let value = block[part].copy()
        values[layer, default: [:]][part] = value
        parameters.append(
          Parameter(
            name: LlamaNames.layer(layer, part.rawValue), value: value, gradient: gradient,
            firstMoment: Tensor(gradient.shape), secondMoment: Tensor(gradient.shape)))
      }
    }
    (self.values, self.gradients, self.parameters) = (values, gradients, parameters)
  }

  /// Trained minus base, for the parameters that trained.
  var delta: ParameterDelta {
    get throws {
      let tuned = MemoryCheckpoint(parameters.map { ($0.name, $0.value) })
      return try ParameterDelta(name: job.name, base: job.base, tuned: tuned)
    }
  }

  /// WMDP's loop: step `i` of an epoch uses domain `i mod T` and batch `i / T`, as in `rmu/unlearn.py`.
  func train() throws {
    let (steps, perEpoch) = (Self.steps(method, lists), Self.stepsPerEpoch(method, lists))
    let run = try fingerprint()
    var (first, cosines) = try restore(run)
    if isSteeredAway(cosines) { first = steps }
    for step in first..<max(first, steps) {
      let (forget, retain) = lists.batches(step, perEpoch)
      let report = try take(
        step: step, of: steps, domain: step % perEpoch % lists.forget.count, forget: forget,
        retain: retain)
      try job.report(report)
      cosines = (cosines + [report.forgetCosine ?? 1]).suffix(method.stopWindow)
      let isDone = step + 1 == steps || isSteeredAway(cosines)
      if let state = job.state, isDone || (step + 1) % state.interval == 0 {
        try TrainingState.write(
          contents, steps: step + 1, run: run,
          notes: ["cosines": cosines.map { "\($0)" }.joined(separator: " ")], to: state.path)
      }
      if isDone { return }
    }
  }

  /// Whether the last steps' cosines end the run.
  private func isSteeredAway(_ cosines: [Double]) -> Bool {
    let mean = cosines.reduce(0, +) / Double(method.stopWindow)
    return cosines.count == method.stopWindow && mean < method.stopBelowCosine
  }

  /// Takes up an interrupted run: steps taken so far, and the cosines of the last of them.
  private func restore(_ run: String) throws -> (first: Int, cosines: [Double]) {
    guard let path = job.state?.path,
      let state = try TrainingState.restore(
        contents, run: run, notes: ["cosines"], from: path)
    else { return (0, []) }
    return (
      state.steps, (state.notes["cosines"] ?? "").split(separator: " ").compactMap { Double($0) }
    )
  }

  private var contents: [(name: String, tensor: Tensor)] {
    parameters.flatMap {
      [
        ("value/\($0.name)", $0.value), ("first/\($0.name)", $0.firstMoment),
        ("second/\($0.name)", $0.secondMoment),
      ]
    }
  }

  /// What the run depends on: a training state of another run is not taken up.
  private func fingerprint() throws -> String {
    var documents = Fingerprint()
    for corpus in job.forget + job.retain {
      documents.add(UInt32(truncatingIfNeeded: corpus.rows.count))
      corpus.rows.forEach { documents.add($0) }
    }
    return [job.identity, try method.resolvedYAML(), "\(job.random.seed)", "\(documents.value)"]
      .joined(separator: "\n")
  }

  private func take(
    step: Int, of steps: Int, domain: Int, forget: TokenBatch, retain: TokenBatch
  ) throws -> UnlearningStep {
    gradients.values.forEach { $0.zero() }
    let control = controls[domain]
    let forgotten = try pass(forget) { hidden, _ in
      self.meanSquaredError(hidden, weight: 1, target: { control[$0 % hidden.columns] })
    }
    let alpha = method.alphas[method.alphas.count == 1 ? 0 : domain]
    let retained = try pass(retain) { hidden, frozen in
      self.meanSquaredError(hidden, weight: alpha, target: { frozen[$0] })
    }
    for (quantity, value) in [
      ("the forget loss", forgotten.loss), ("the retain loss", retained.loss),
    ] where !value.isFinite {
      throw UnlearningError.nonFinite(
        part: job.name, step: step, quantity: quantity, value: "\(value)")
    }
    let squares = parameters.reduce(0) { $0 + job.backend.squaredNorm($1.gradient) }
    try update(step)
    return UnlearningStep(
      step: step, steps: steps, domain: job.forget[domain].name, forgetLoss: forgotten.loss,
      retainLoss: retained.loss, forgetCosine: forgotten.states.cosine,
      retainCosine: retained.states.cosine, forgetNorm: forgotten.states.norm,
      frozenForgetNorm: forgotten.states.frozenNorm, retainNorm: retained.states.norm,
      frozenRetainNorm: retained.states.frozenNorm,
      steeringNorm: control.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot(),
      gradientNorm: squares.squareRoot(), learningRate: method.learningRate,
      tokens: forget.tokens.count + retain.tokens.count)
  }

  private func update(_ step: Int) throws {
    let settings = AdamWSettings(
      beta1: method.adamBeta1, beta2: method.adamBeta2, epsilon: method.adamEpsilon,
      weightDecay: method.weightDecay)
    for parameter in parameters {
      job.backend.adamW(
        parameter: parameter.value, firstMoment: parameter.firstMoment,
        secondMoment: parameter.secondMoment, gradient: parameter.gradient, settings: settings,
        learningRate: method.learningRate, step: step + 1)
      let value = parameter.value
      guard MergingKernels.allFinite(UnsafeBufferPointer(value.elements)) else {
        throw UnlearningError.nonFinite(
          part: job.name, step: step, quantity: parameter.name, value: "not finite")
      }
    }
  }

  /// Both models' hidden states of a batch, the loss on them, and its gradients added to the parameters'.
  private func pass(
    _ batch: TokenBatch, loss: (_ updated: Tensor, _ frozen: Tensor) -> (Double, Tensor)
  ) throws -> (loss: Double, states: HiddenStates) {
    var hidden = try job.base.embeddings(of: batch, width: job.configuration.hiddenSize)
    for index in 0..<lowest { hidden = runner.forward(try block(index), hidden, batch) }
    var still = hidden
    var kept: [Kept] = []
    for index in lowest...method.layer {
      let frozen = try block(index)
      still = runner.forward(frozen, still, batch)
      let block = updated(frozen)
      var step = Kept(index: index, input: hidden)
      hidden = runner.forward(block, hidden, batch) { activations in
        if !job.memory.recomputes { step.made = (block, activations) }
      }
      kept.append(step)
    }
    let states = HiddenStates(updated: hidden, frozen: still)
    let (value, gradient) = loss(hidden, still)
    var dHidden: Tensor? = gradient
    while let step = kept.popLast(), let dOut = dHidden {
      let (block, activations) = try made(step, batch)
      dHidden = runner.backward(
        block, activations, batch, dOut: dOut, gradients: gradients[step.index],
        needsInput: step.index > lowest)
    }
    return (value, states)
  }

  private func made(
    _ kept: Kept, _ batch: TokenBatch
  ) throws -> (block: LlamaBlock, activations: BlockActivations) {
    if let made = kept.made { return made }
    let block = updated(try block(kept.index))
    var again: BlockActivations?
    _ = runner.forward(block, kept.input, batch) { again = $0 }
    guard let again else { preconditionFailure("block \(kept.index) kept nothing") }
    return (block, again)
  }

  /// A block of the frozen model.
  private func block(_ index: Int) throws -> LlamaBlock {
    if let block = blocks[index] { return block }
    let block = try LlamaBlock(index: index, checkpoint: job.base, pool: pool)
    if job.memory.keepsWeights { blocks[index] = block }
    return block
  }

  /// The same block of the updated model.
  private func updated(_ frozen: LlamaBlock) -> LlamaBlock {
    values[frozen.index].map(frozen.replacing) ?? frozen
  }

  /// `weight · mean((hidden − target)²)` over tokens and components, and its gradient.
  private func meanSquaredError(
    _ hidden: Tensor, weight: Double, target: (Int) -> Float
  ) -> (Double, Tensor) {
    let gradient = Tensor(hidden.shape)
    let scale = Float(2 * weight / Double(hidden.count))
    var sum = 0.0
    for index in 0..<hidden.count {
      let difference = hidden[index] - target(index)
      sum += Double(difference) * Double(difference)
      gradient[index] = scale * difference
    }
    return (weight * sum / Double(hidden.count), gradient)
  }
}

/// How far the updated model's hidden states have moved, as means over tokens.
struct HiddenStates {
  /// Cosine between the two models' states.
  private(set) var cosine = 0.0
  /// Length in the updated model.
  private(set) var norm = 0.0
  /// Length in the frozen model.
  private(set) var frozenNorm = 0.0

  init(updated: Tensor, frozen: Tensor) {
    let width = updated.columns
    for row in 0..<updated.rows {
      var (dot, aa, bb) = (0.0, 0.0, 0.0)
      for index in row * width..<(row + 1) * width {
        let (x, y) = (Double(updated[index]), Double(frozen[index]))
        dot += x * y
        aa += x * x
        bb += y * y
      }
      cosine += dot / max((aa * bb).squareRoot(), .leastNormalMagnitude)
      norm += aa.squareRoot()
      frozenNorm += bb.squareRoot()
    }
    let rows = Double(max(updated.rows, 1))
    cosine /= rows
    norm /= rows
    frozenNorm /= rows
  }
}
