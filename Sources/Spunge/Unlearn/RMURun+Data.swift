import LanguageModels
import Tensors

extension RMURun {
  /// The batches of every domain.
  struct BatchLists {
    var forget: [[TokenBatch]]
    /// One list for all domains, or one for each.
    var retain: [[TokenBatch]]

    /// Tokens of the longest sequence.
    var longest: Int { (forget + retain).joined().map(\.longest).max() ?? 1 }
    /// Tokens of the largest batch.
    var mostTokens: Int { (forget + retain).joined().map(\.tokens.count).max() ?? 0 }

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

  static func check(_ method: RMU, _ job: UnlearningJob) throws {
    let layers = job.configuration.layerCount
    for layer in [method.layer] + method.trainedLayers where !(0..<layers).contains(layer) {
      throw UnlearningError.layerOutOfRange(layer, count: layers)
    }
    guard job.retain.count == 1 || job.retain.count == job.forget.count else {
      throw UnlearningError.countMismatch(
        setting: "retain data (--retain)", given: job.retain.count, domains: job.forget.count)
    }
    for corpus in job.forget + job.retain {
      guard !corpus.rows.isEmpty else {
        throw UnlearningError.noText(part: job.name, corpus: corpus.name)
      }
    }
    try job.checkTokens()
    _ = try controlVectors(method, job)
  }

  /// One steering vector a domain: uniform on [0, 1) in every component, then scaled to the coefficient's length.
  static func controlVectors(_ method: RMU, _ job: UnlearningJob) throws -> [[Float]] {
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

extension RMURun {
  /// Memory that a run needs in one arrangement.
  static func memoryPlan(
    _ method: RMU, _ configuration: LlamaConfiguration, lists: BatchLists, memory: TrainingMemory
  ) -> TrainingPlan {
    let c = configuration
    let extents = c.expectedTensors.filter { $0.name.hasPrefix("model.layers.0.") }
    let block = extents.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let trained = method.changedCount(c)
    let upper = method.layer + 1 - (method.trainedLayers.min() ?? 0)
    let held = memory.keepsWeights ? method.layer + 1 : memory.recomputes ? 2 : upper + 1
    let attention = (2 * c.headCount + 2 * c.keyValueHeadCount) * c.headWidth
    let row = 4 * c.hiddenSize + attention + 3 * c.feedForwardSize + 2
    let kept = memory.recomputes ? upper * c.hiddenSize + row : upper * row
    let scores = 2 * lists.longest * lists.longest * ThreadCount.current
    return TrainingPlan(
      memory: memory, weightBytes: 4 * held * block, trainedBytes: 16 * trained,
      activationBytes: 4 * lists.mostTokens * kept,
      workingBytes: 4 * (lists.mostTokens * (row + 6 * c.hiddenSize) + scores))
  }
}
