package import Tensors

/// The processor: packed matrices for inference, hand-written gradients for training.
package struct CPUEngine: Engine {
  package init() {}

  package var name: String { "cpu" }

  package func causalLM(
    _ configuration: DecoderConfiguration, weights: any Checkpoint, compute: ComputeOptions
  ) throws -> any CausalLM {
    try DecoderInference(
      configuration: configuration, checkpoint: weights, computeType: compute.type,
      batchTokens: compute.batchTokens)
  }

  package func classifier(
    _ configuration: EncoderConfiguration, weights: any Checkpoint, compute: ComputeOptions
  ) throws -> any SequenceClassifier {
    try EncoderInference(
      configuration: configuration, checkpoint: weights, computeType: compute.type,
      batchTokens: compute.batchTokens)
  }

  package func trainer(_ setup: TrainingSetup) throws -> any TrainableLM {
    Trainer(
      try DecoderNetwork(
        configuration: setup.configuration, base: setup.base, training: setup.trainable,
        random: setup.random, memory: setup.memory,
        backend: CPUBackend(products: setup.computeType)),
      optimizer: setup.optimizer, schedule: setup.schedule, steps: setup.steps,
      clipping: setup.clipping)
  }

  package func meanHiddenStates(
    of rows: [[TokenID]], after depth: Int, _ configuration: DecoderConfiguration,
    weights: any Checkpoint
  ) throws -> [[Float]] {
    let runner = BlockRunner(
      configuration: configuration, backend: CPUBackend(), positions: rows.map(\.count).max() ?? 0)
    let blocks = try (0..<depth).map { try DecoderBlock(index: $0, checkpoint: weights) }
    var result: [[Float]] = []
    var first = 0
    while first < rows.count {
      var (last, tokens) = (first, 0)
      while last < rows.count, last == first || tokens + rows[last].count <= Self.hiddenTokens {
        tokens += rows[last].count
        last += 1
      }
      let batch = TokenBatch(Array(rows[first..<last]))
      try configuration.requireLength(batch.longest)
      var hidden = try configuration.embeddings(of: batch, from: weights)
      for block in blocks { hidden = runner.forward(block, hidden, batch) }
      result += batch.sequences.map { Self.mean(of: hidden, rows: $0) }
      first = last
    }
    return result
  }

  /// Tokens of which hidden states are computed at a time.
  private static let hiddenTokens = 2048

  private static func mean(of hidden: Tensor, rows: Range<Int>) -> [Float] {
    var sums = [Double](repeating: 0, count: hidden.columns)
    for row in rows {
      for column in 0..<hidden.columns {
        sums[column] += Double(hidden[row * hidden.columns + column])
      }
    }
    return sums.map { Float($0 / Double(max(rows.count, 1))) }
  }
}
