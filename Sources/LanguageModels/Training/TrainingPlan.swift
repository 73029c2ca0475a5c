import Formats
import Tensors

/// Memory that a training run needs, and how it is arranged to stay within a budget.
package struct TrainingPlan: Sendable, Hashable {
  package var memory: TrainingMemory
  /// Frozen weights as float32: all of them, or those in use.
  package var weightBytes: Int
  /// Trained values, gradients and moments.
  package var trainedBytes: Int
  /// Kept for the backward pass.
  package var activationBytes: Int
  /// Gradients under way, and a chunk of logits.
  package var workingBytes: Int

  /// The program itself: code, tokenizer, documents, buffers for files, memory that pools hold in reserve. Measured
  /// with SmolLM2: 27 to 95 MiB.
  package static let programBytes = 96 << 20

  /// All of it together.
  package var totalBytes: Int {
    weightBytes + trainedBytes + activationBytes + workingBytes + Self.programBytes
  }

  /// The need of one arrangement.
  /// - Parameters:
  ///   - training: what trains.
  ///   - tokens: in the largest batch that goes through at once.
  ///   - longest: tokens of the longest sequence.
  package init(
    _ configuration: LlamaConfiguration, memory: TrainingMemory, training: TrainableParameters,
    tokens: Int, longest: Int
  ) {
    let c = configuration
    let parameters = training.count(configuration)
    self.memory = memory
    let block = c.expectedTensors.filter { $0.name.hasPrefix("model.layers.0.") }
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
    let head = c.vocabularySize * c.hiddenSize
    let used = 4 * ((memory.keepsWeights ? c.layerCount : 2) * block + head)
    // Whole parameters that train are counted below; a frozen copy of them is not kept.
    weightBytes = training.isFull ? max(0, used - 4 * parameters) : used
    trainedBytes = 16 * parameters
    let attention = (c.headCount + 2 * c.keyValueHeadCount) * c.headWidth
    let row =
      4 * c.hiddenSize + attention + c.headCount * c.headWidth + 3 * c.feedForwardSize + 2
    let kept = memory.recomputes ? c.layerCount * c.hiddenSize + row : c.layerCount * row
    activationBytes = 4 * tokens * kept
    let logits = min(tokens, max(16, OutputHead.chunkElements / c.vocabularySize))
    let scores = 2 * longest * longest * ThreadCount.current
    workingBytes = 4 * (tokens * (row + 4 * c.hiddenSize) + 2 * logits * c.vocabularySize + scores)
  }

  package init(
    memory: TrainingMemory, weightBytes: Int, trainedBytes: Int, activationBytes: Int,
    workingBytes: Int
  ) {
    self.memory = memory
    self.weightBytes = weightBytes
    self.trainedBytes = trainedBytes
    self.activationBytes = activationBytes
    self.workingBytes = workingBytes
  }

  /// The fastest arrangement within `budget`.
  /// - Throws: `TrainingPlanError.overBudget` when even the smallest needs more.
  package static func choose(
    _ configuration: LlamaConfiguration, training: TrainableParameters, tokens: Int, longest: Int,
    budget: Int?
  ) throws(TrainingPlanError) -> TrainingPlan {
    try fastest(
      within: budget,
      remedy:
        "lower training.batchSize or training.maximumTokens (training.accumulation keeps the size "
        + "of a step), or train fewer parameters"
    ) { memory in
      TrainingPlan(
        configuration, memory: memory, training: training, tokens: tokens, longest: longest)
    }
  }

  /// The first of the arrangements, from the fastest to the smallest, whose need is within `budget`.
  /// - Parameter remedy: how a user makes the need smaller, for the message.
  /// - Throws: `TrainingPlanError.overBudget` when even the smallest needs more.
  package static func fastest(
    within budget: Int?, remedy: String, need: (TrainingMemory) -> TrainingPlan
  ) throws(TrainingPlanError) -> TrainingPlan {
    let arrangements: [TrainingMemory] = [
      .fastest, TrainingMemory(keepsWeights: true, recomputes: true),
      TrainingMemory(keepsWeights: false, recomputes: false), .smallest,
    ]
    var smallest = Int.max
    for memory in arrangements {
      let plan = need(memory)
      guard let budget, plan.totalBytes > budget else { return plan }
      smallest = min(smallest, plan.totalBytes)
    }
    throw .overBudget(need: smallest, budget: budget ?? 0, remedy: remedy)
  }
}

extension TrainableParameters {
  fileprivate var isFull: Bool { if case .full = self { true } else { false } }

  /// Elements that train in such a network.
  fileprivate func count(_ configuration: LlamaConfiguration) -> Int {
    switch self {
    case .full: changedCount(configuration)
    case .lora(let settings):
      changedShapes(configuration).reduce(0) { $0 + settings.rank * $1.reduce(0, +) }
    }
  }

  /// Elements of the parameters that are others after training, low-rank factors multiplied out.
  package func changedCount(_ configuration: LlamaConfiguration) -> Int {
    changedShapes(configuration).reduce(0) { $0 + $1.reduce(1, *) }
  }

  private func changedShapes(_ configuration: LlamaConfiguration) -> [[Int]] {
    switch self {
    case .full: configuration.expectedTensors.filter { trains($0.name) }.map(\.shape)
    case .lora(let settings):
      configuration.expectedTensors.filter { tensor in
        LlamaBlock.Part.projections.contains { part in
          (0..<configuration.layerCount).contains { layer in
            LlamaNames.layer(layer, part.rawValue) == tensor.name
              && settings.adapts(layer: layer, part)
          }
        }
      }.map(\.shape)
    }
  }
}

/// A run does not fit into the memory it is given.
package enum TrainingPlanError: InputFailure, CustomStringConvertible, Equatable {
  case overBudget(need: Int, budget: Int, remedy: String)

  package var description: String {
    switch self {
    case .overBudget(let need, let budget, let remedy):
      "training needs at least \(need >> 20) MiB, more than the \(budget >> 20) MiB it may use; \(remedy)"
    }
  }
}
