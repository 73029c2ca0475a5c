import Foundation
import LanguageModels
import Tensors

/// The state of one RMU run: a frozen trunk, the frozen and the trained blocks above it, AdamW's moments.
final class RMURun {
  private let method: RMU
  private let job: UnlearningJob
  private let runner: BlockRunner
  /// Blocks below the first trained one: they give both models the same hidden states.
  private let trunk: [LlamaBlock]
  private let frozen: [LlamaBlock]
  private let updated: [LlamaBlock]
  private let parameters: [TrainedParameter]
  private let gradients: [Int: BlockGradients]
  private let lists: BatchLists
  private let controls: [[Float]]

  private struct TrainedParameter {
    let name: String
    let base: Tensor
    let value: Tensor
    let gradient: Tensor
    let firstMoment: Tensor
    let secondMoment: Tensor
  }

  init(_ method: RMU, _ job: UnlearningJob) throws {
    self.method = method
    self.job = job
    let layers = job.configuration.layerCount
    for layer in method.trainedLayers + [method.layer] where !(0..<layers).contains(layer) {
      throw UnlearningError.layerOutOfRange(layer, count: layers)
    }
    try Self.check(job)
    lists = Self.batchLists(method, forget: job.forget, retain: job.retain)
    controls = try Self.controlVectors(method, job)
    let longest =
      (lists.forget + lists.retain).joined().flatMap(\.sequences).map(\.count).max() ?? 1
    runner = BlockRunner(
      configuration: job.configuration, backend: job.backend, positions: longest)
    let parts = LlamaBlock.Part.allCases.filter {
      method.trainedParameters.contains($0.rawValue)
    }
    let lowest = method.trainedLayers.min() ?? 0
    trunk = try (0..<lowest).map { try LlamaBlock(index: $0, checkpoint: job.base) }
    frozen = try (lowest...method.layer).map { try LlamaBlock(index: $0, checkpoint: job.base) }
    updated = frozen.map { method.trainedLayers.contains($0.index) ? $0.trainable(parts) : $0 }
    var gradients: [Int: BlockGradients] = [:]
    var parameters: [TrainedParameter] = []
    for (before, block) in zip(frozen, updated) where method.trainedLayers.contains(block.index) {
      let own = BlockGradients(block, parts: parts)
      gradients[block.index] = own
      for part in parts {
        guard let gradient = own[part] else { continue }
        parameters.append(
          TrainedParameter(
            name: LlamaNames.layer(block.index, part.rawValue), base: before[part],
            value: block[part], gradient: gradient, firstMoment: Tensor(gradient.shape),
            secondMoment: Tensor(gradient.shape)))
      }
    }
    self.gradients = gradients
    self.parameters = parameters
  }

  /// Trained minus base, for the parameters that trained.
  var delta: ParameterDelta {
    let tensors = parameters.map { parameter in
      let values = zip(parameter.value.elements, parameter.base.elements).map { $0 - $1 }
      return (
        name: parameter.name, shape: parameter.value.shape, values: values
      )
    }
    return ParameterDelta(name: job.name, checkpoint: MemoryCheckpoint(tensors))
  }

  /// WMDP's loop: step `i` of an epoch uses domain `i mod T` and batch `i / T`, as in `rmu/unlearn.py`.
  func train() throws {
    let steps = Self.steps(method, lists)
    for step in 0..<steps {
      let (forget, retain) = lists.batches(step, Self.stepsPerEpoch(method, lists))
      let report = try take(
        step: step, of: steps,
        domain: step % Self.stepsPerEpoch(method, lists) % lists.forget.count,
        forget: forget, retain: retain)
      try job.report(report)
      if let cosine = report.forgetCosine, cosine < method.stopBelowCosine { return }
    }
  }

  private func take(
    step: Int, of steps: Int, domain: Int, forget: TokenBatch, retain: TokenBatch
  ) throws -> UnlearningStep {
    gradients.values.forEach { $0.zero() }
    let forgetTerm = try pass(forget) { hidden, frozen in
      self.meanSquaredError(
        hidden, weight: 1, target: { self.controls[domain][$0 % hidden.columns] })
    }
    let alpha = method.alphas[method.alphas.count == 1 ? 0 : domain]
    let retainTerm = try pass(retain) { hidden, frozen in
      self.meanSquaredError(hidden, weight: alpha, target: { frozen[$0] })
    }
    let losses = [("the forget loss", forgetTerm.loss), ("the retain loss", retainTerm.loss)]
    for (quantity, value) in losses where !value.isFinite {
      throw UnlearningError.nonFinite(
        part: job.name, step: step, quantity: quantity, value: "\(value)")
    }
    let settings = AdamWSettings(
      beta1: method.adamBeta1, beta2: method.adamBeta2, epsilon: method.adamEpsilon,
      weightDecay: method.weightDecay)
    for parameter in parameters {
      job.backend.adamW(
        parameter: parameter.value, firstMoment: parameter.firstMoment,
        secondMoment: parameter.secondMoment, gradient: parameter.gradient, settings: settings,
        learningRate: method.learningRate, step: step + 1)
      guard parameter.value.elements.allSatisfy(\.isFinite) else {
        throw UnlearningError.nonFinite(
          part: job.name, step: step, quantity: parameter.name, value: "not finite")
      }
    }
    return UnlearningStep(
      step: step, steps: steps, domain: job.forget[domain].name, forgetLoss: forgetTerm.loss,
      retainLoss: retainTerm.loss, forgetCosine: forgetTerm.cosine,
      retainCosine: retainTerm.cosine, gradientNorm: nil, learningRate: method.learningRate,
      tokens: forget.tokens.count + retain.tokens.count)
  }

  /// Both models' hidden states of a batch, the loss on them, and its gradients added to the parameters'.
  private func pass(
    _ batch: TokenBatch, loss: (_ updated: Tensor, _ frozen: Tensor) -> (Double, Tensor)
  ) throws -> (loss: Double, cosine: Double) {
    var shared = try embed(batch)
    for block in trunk { shared = runner.forward(block, shared, batch) }
    var still = shared
    for block in frozen { still = runner.forward(block, still, batch) }
    var hidden = shared
    var kept: [BlockActivations] = []
    for block in updated { hidden = runner.forward(block, hidden, batch) { kept.append($0) } }
    let cosine = meanCosine(hidden, still)
    let (value, gradient) = loss(hidden, still)
    var dHidden: Tensor? = gradient
    for (block, activations) in zip(updated, kept).reversed() {
      guard let dOut = dHidden else { break }
      dHidden = runner.backward(
        block, activations, batch, dOut: dOut, gradients: gradients[block.index],
        needsInput: block.index > (updated.first?.index ?? 0))
    }
    return (value, cosine)
  }

  private func embed(_ batch: TokenBatch) throws -> Tensor {
    let width = job.configuration.hiddenSize
    let x = Tensor([batch.tokens.count, width])
    for (row, token) in batch.tokens.enumerated() {
      try job.base.read(
        LlamaNames.embedding, rows: Int(token)..<Int(token) + 1,
        into: UnsafeMutableBufferPointer(rebasing: x.elements[row * width..<(row + 1) * width]))
    }
    return x
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

  /// Mean over tokens of the cosine between rows.
  private func meanCosine(_ a: Tensor, _ b: Tensor) -> Double {
    let width = a.columns
    var total = 0.0
    for row in 0..<a.rows {
      var (dot, aa, bb) = (0.0, 0.0, 0.0)
      for index in row * width..<(row + 1) * width {
        let (x, y) = (Double(a[index]), Double(b[index]))
        dot += x * y
        aa += x * x
        bb += y * y
      }
      total += dot / max((aa * bb).squareRoot(), .leastNormalMagnitude)
    }
    return total / Double(max(a.rows, 1))
  }
}

extension RMURun {
  /// The batches of every domain.
  struct BatchLists {
    var forget: [[TokenBatch]]
    /// One list for all domains, or one for each.
    var retain: [[TokenBatch]]

    /// Forget and retain batch of a step.
    func batches(_ step: Int, _ stepsPerEpoch: Int) -> (forget: TokenBatch, retain: TokenBatch) {
      let index = step % stepsPerEpoch
      let domain = index % forget.count
      return (
        forget[domain][index / forget.count],
        retain[retain.count == 1 ? 0 : domain][index / forget.count]
      )
    }
  }

  static func batchLists(
    _ method: RMU, forget: [TokenCorpus], retain: [TokenCorpus]
  ) -> BatchLists {
    let lengths = method.forgetTokens
    return BatchLists(
      forget: forget.enumerated().map { index, corpus in
        corpus.batches(of: method.batchSize, length: lengths[min(index, lengths.count - 1)])
      },
      retain: retain.map { $0.batches(of: method.batchSize, length: method.retainTokens) })
  }

  static func stepsPerEpoch(_ method: RMU, _ lists: BatchLists) -> Int {
    let shortest = (lists.forget + lists.retain).map(\.count).min() ?? 0
    return min(method.maximumBatches, lists.forget.count * shortest)
  }

  static func steps(_ method: RMU, _ lists: BatchLists) -> Int {
    stepsPerEpoch(method, lists) * method.epochs
  }

  private static func check(_ job: UnlearningJob) throws {
    guard job.retain.count == 1 || job.retain.count == job.forget.count else {
      throw UnlearningError.countMismatch(
        setting: "the retain data", given: job.retain.count, domains: job.forget.count)
    }
    for corpus in job.forget + job.retain {
      guard !corpus.rows.isEmpty else {
        throw UnlearningError.noText(part: job.name, corpus: corpus.name)
      }
      let vocabulary = job.configuration.vocabularySize
      for token in corpus.rows.joined() where !(0..<vocabulary).contains(Int(token)) {
        throw UnlearningError.tokenOutOfRange(
          part: job.name, token: Int(token), vocabulary: vocabulary)
      }
    }
  }

  /// One steering vector a domain: uniform on [0, 1) in every component, then scaled to the coefficient's length.
  private static func controlVectors(_ method: RMU, _ job: UnlearningJob) throws -> [[Float]] {
    let domains = job.forget.count
    for (setting, count) in [
      ("steeringCoefficients", method.steeringCoefficients.count), ("alphas", method.alphas.count),
    ] where count != 1 && count != domains {
      throw UnlearningError.countMismatch(setting: setting, given: count, domains: domains)
    }
    let width = job.configuration.hiddenSize
    guard method.controlVectors.isEmpty else {
      return try readControlVectors(method.controlVectors, domains: domains, width: width)
    }
    return job.forget.enumerated().map { index, corpus in
      var random = job.random.child(named: "control/\(corpus.name)")
      let raw = (0..<width).map { _ in Float.random(in: 0..<1, using: &random) }
      let length = raw.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let coefficients = method.steeringCoefficients
      let coefficient = coefficients[coefficients.count == 1 ? 0 : index]
      return raw.map { Float(Double($0) / length * coefficient) }
    }
  }

  private static func readControlVectors(
    _ path: String, domains: Int, width: Int
  ) throws -> [[Float]] {
    let file = try SafetensorsFile(path: path)
    guard
      let name = ["control_vectors", "rmu/control_vectors"].first(where: {
        file.description(of: $0) != nil
      })
    else {
      throw UnlearningError.controlVectors(file: path, reason: "no tensor 'control_vectors'")
    }
    let tensor = try file.tensor(name)
    guard tensor.columns == width, tensor.rows == domains else {
      throw UnlearningError.controlVectors(
        file: path,
        reason: "shape \(tensor.shape) does not fit \(domains) domains of width \(width)")
    }
    return (0..<domains).map { Array(tensor.elements[$0 * width..<($0 + 1) * width]) }
  }
}
