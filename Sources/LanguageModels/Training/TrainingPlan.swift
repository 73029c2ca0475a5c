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

  /// The memory of one arrangement.
  package init(
    _ configuration: DecoderConfiguration, memory: TrainingMemory, training: TrainableParameters,
    need: TrainingNeed
  ) {
    let c = configuration
    let depth = need.depth ?? c.layerCount
    let parameters = training.count(c)
    self.memory = memory
    let block = c.elements(ofLayer: 0)
    let head = need.depth == nil ? c.vocabularySize * c.hiddenSize : 0
    let frozen = 4 * ((memory.keepsWeights ? depth : 2) * block + head)
    // Whole parameters that train are counted below; a frozen copy of them is not kept, but read where it is used.
    weightBytes = training.isFull ? max(0, frozen - 4 * parameters) : frozen
    trainedBytes = 16 * parameters
    let upper = max(depth - training.lowestLayer(c), 0)
    let attention = (2 * c.headCount + 2 * c.keyValueHeadCount) * c.headWidth
    let unnormalised =
      (c.architecture.queryKeyNorm == .none
        ? 0 : (c.headCount + c.keyValueHeadCount) * (c.headWidth + 1))
      + (c.architecture.normalisesAfter ? 2 * c.hiddenSize : 0)
    let row = 4 * c.hiddenSize + attention + unnormalised + 3 * c.feedForwardSize + 2
    let kept = memory.recomputes ? upper * c.hiddenSize + row : upper * row
    activationBytes = 4 * need.tokens * kept
    let logits =
      need.depth == nil ? min(need.tokens, max(16, OutputHead.chunkElements / c.vocabularySize)) : 0
    let scores = (c.attentionCap == nil ? 2 : 3) * need.longest * need.longest * ThreadCount.current
    // States that are kept together: of the model, of the base, and their gradients.
    let streams = ((need.usesBase ? 6 : 4) + 3 * need.keptStates) * c.hiddenSize
    workingBytes =
      4
      * (need.tokens * (row + streams) + (c.logitCap == nil ? 2 : 3) * logits * c.vocabularySize
        + scores)
  }

  /// The fastest arrangement within `budget`, in bytes.
  ///
  /// - Parameter remedy: how a user makes the need smaller, for the message.
  /// - Throws: `TrainingPlanError.overBudget` when even the smallest needs more.
  package static func choose(
    _ configuration: DecoderConfiguration, training: TrainableParameters, need: TrainingNeed,
    budget: Int?, remedy: String
  ) throws(TrainingPlanError) -> TrainingPlan {
    let arrangements: [TrainingMemory] = [
      .fastest, TrainingMemory(keepsWeights: true, recomputes: true),
      TrainingMemory(keepsWeights: false, recomputes: false), .smallest,
    ]
    var smallest = Int.max
    for memory in arrangements {
      let plan = TrainingPlan(configuration, memory: memory, training: training, need: need)
      guard let budget, plan.totalBytes > budget else { return plan }
      smallest = min(smallest, plan.totalBytes)
    }
    throw .overBudget(need: smallest, budget: budget ?? 0, remedy: remedy)
  }
}

/// What the loss terms of a run ask of a network, as far as memory and time depend on it.
package struct TrainingNeed: Sendable, Hashable {
  /// Tokens of the largest batch that goes through at once.
  package var tokens: Int
  /// Tokens of the longest sequence.
  package var longest: Int
  /// Blocks that are computed; `nil` for all of them and the output head.
  package var depth: Int?
  /// Whether the base model's forward pass is part of it.
  package var usesBase: Bool
  /// Layers whose hidden states are needed together.
  package var keptStates: Int

  package init(
    tokens: Int, longest: Int, depth: Int? = nil, usesBase: Bool = false, keptStates: Int = 0
  ) {
    self.tokens = tokens
    self.longest = longest
    self.depth = depth
    self.usesBase = usesBase
    self.keptStates = keptStates
  }
}

extension TrainableParameters {
  fileprivate var isFull: Bool { if case .full = self { true } else { false } }

  /// Elements that train in such a network.
  fileprivate func count(_ configuration: DecoderConfiguration) -> Int {
    switch self {
    case .full: changedCount(configuration)
    case .lora(let settings):
      changedTensors(configuration).reduce(0) { $0 + settings.rank * $1.shape.reduce(0, +) }
    }
  }

  /// Elements of the parameters that are others after training, low-rank factors multiplied out.
  package func changedCount(_ configuration: DecoderConfiguration) -> Int {
    changedTensors(configuration).reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  /// The lowest block that a gradient has to reach.
  func lowestLayer(_ configuration: DecoderConfiguration) -> Int {
    let names = changedTensors(configuration).map(\.name)
    if names.contains(DecoderNames.embedding) || names.contains(DecoderNames.positions) { return 0 }
    return names.compactMap(DecoderNames.layerIndex).min() ?? configuration.layerCount
  }

  private func changedTensors(
    _ configuration: DecoderConfiguration
  ) -> [(name: String, shape: [Int])] {
    switch self {
    case .full: configuration.expectedTensors.filter { trains($0.name, configuration) }
    case .lora(let settings):
      configuration.expectedTensors.filter { tensor in
        DecoderNames.layerIndex(tensor.name).map { layer in
          DecoderBlock.Part.projections.contains {
            DecoderNames.layer(layer, $0.rawValue) == tensor.name
              && settings.adapts(layer: layer, $0, configuration)
          }
        } ?? false
      }
    }
  }

  /// Operations of training for each token: forward through the model and, where it is asked for, the base; back for
  /// the gradients of activations and of what trains.
  ///
  /// - Parameter elements: of the network's blocks.
  package func costPerToken(
    _ configuration: DecoderConfiguration, depth: Int?, usesBase: Bool
  ) -> Double {
    let depth = Double(min(depth ?? configuration.layerCount, configuration.layerCount))
    let upper = max(depth - Double(lowestLayer(configuration)), 0)
    let block = Double(configuration.elements(ofLayer: 0))
    let trained = isFull ? min(Double(changedCount(configuration)) / block, upper) : 0
    return 2 * block * (depth + (usesBase ? upper : 0) + upper + trained)
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
