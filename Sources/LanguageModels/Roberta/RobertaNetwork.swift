package import Tensors

/// A RoBERTa sequence classifier all of whose parameters train, in float32.
///
///     let network = try RobertaNetwork(configuration, configuration.initialCheckpoint(random: random))
///     network.zeroGradients()
///     let loss = try network.accumulateGradients(examples)
package final class RobertaNetwork {
  package let configuration: RobertaConfiguration
  package let backend: any ComputeBackend
  /// Every parameter, in the order of the forward pass.
  package let parameters: [TrainedParameter]
  let words: TrainedParameter
  let positions: TrainedParameter
  let tokenTypes: TrainedParameter
  let embeddingNorm: Module
  let blocks: [Block]
  let headDense: Module
  let headOutput: Module
  let pool = TensorPool()

  /// A projection, or a layer normalisation with its gain as weight.
  struct Module {
    let weight: TrainedParameter
    let bias: TrainedParameter
  }

  struct Block {
    let query: Module
    let key: Module
    let value: Module
    let attentionOutput: Module
    let attentionNorm: Module
    let up: Module
    let down: Module
    let feedForwardNorm: Module
  }

  /// - Parameter checkpoint: the values to start from, checked against the configuration by the caller.
  /// - Throws: what reading the checkpoint throws.
  package init(
    _ configuration: RobertaConfiguration, _ checkpoint: any Checkpoint,
    backend: any ComputeBackend = CPUBackend()
  ) throws {
    self.configuration = configuration
    self.backend = backend
    let reader = ParameterReader(checkpoint: checkpoint)
    words = try reader.parameter(RobertaNames.words)
    positions = try reader.parameter(RobertaNames.positions)
    tokenTypes = try reader.parameter(RobertaNames.tokenTypes)
    embeddingNorm = try reader.module(RobertaNames.embeddingNorm)
    blocks = try (0..<configuration.layerCount).map { index in
      func module(_ part: RobertaNames.Part) throws -> Module {
        try reader.module(RobertaNames.layer(index, part))
      }
      return Block(
        query: try module(.query), key: try module(.key), value: try module(.value),
        attentionOutput: try module(.attentionOutput), attentionNorm: try module(.attentionNorm),
        up: try module(.up), down: try module(.down),
        feedForwardNorm: try module(.feedForwardNorm))
    }
    headDense = try reader.module(RobertaNames.headDense)
    headOutput = try reader.module(RobertaNames.headOutput)
    parameters = reader.parameters
  }

  /// The parameters; not copies, so train no further while they are in use.
  package var checkpoint: any Checkpoint {
    MemoryCheckpoint(parameters.map { ($0.name, $0.value) })
  }

  package func zeroGradients() { parameters.forEach { $0.gradient.fill(0) } }

  /// Logits of each text, `[texts, labels]`.
  ///
  /// - Parameter texts: token ids with `<s>` and `</s>`.
  /// - Throws: `RobertaError`.
  package func logits(_ texts: [[Int32]]) throws -> [[Float]] {
    guard !texts.isEmpty else { return [] }
    try texts.enumerated().forEach { try configuration.check($1, text: $0) }
    let pass = forward(TokenBatch(texts))
    return (0..<texts.count).map { row in
      Array(
        pass.logits.elements[
          row * configuration.labels.count..<(row + 1) * configuration.labels.count])
    }
  }

  /// One forward and backward pass of cross entropy over the labels.
  ///
  /// - Returns: its mean over the examples, in nats; the gradients of that mean have been added.
  /// - Throws: `RobertaError`.
  package func accumulateGradients(_ examples: [RobertaExample]) throws -> Double {
    guard !examples.isEmpty else { return 0 }
    try check(examples)
    let pass = forward(TokenBatch(examples.map(\.tokens)))
    let weight = 1 / Double(examples.count)
    let values = backend.crossEntropy(
      pass.logits, targets: examples.map { Int32($0.label) },
      weights: examples.map { _ in Float(weight) })
    backward(pass, dLogits: pass.logits)
    return -values.reduce(0, +) * weight
  }

  func check(_ examples: [RobertaExample]) throws(RobertaError) {
    for (index, example) in examples.enumerated() {
      try configuration.check(example.tokens, text: index)
      guard configuration.labels.indices.contains(example.label) else {
        throw .labelOutOfRange(
          text: index, label: example.label, labels: configuration.labels.count)
      }
    }
  }
}

/// A text and its label.
package struct RobertaExample: Sendable, Hashable {
  /// Token ids with `<s>` and `</s>`.
  package let tokens: [Int32]
  /// Index of the label.
  package let label: Int
  package init(tokens: [Int32], label: Int) {
    self.tokens = tokens
    self.label = label
  }
}

/// Makes trained parameters of a checkpoint's tensors, and remembers them.
private final class ParameterReader {
  private let checkpoint: any Checkpoint
  private(set) var parameters: [TrainedParameter] = []

  init(checkpoint: any Checkpoint) { self.checkpoint = checkpoint }

  func parameter(_ name: String) throws -> TrainedParameter {
    let value = try checkpoint.tensor(name)
    let isHidden = value.shape.count == 2 && name.hasPrefix("roberta.encoder.")
    let parameter = TrainedParameter(
      name: name, kind: isHidden ? .hiddenMatrix : .other, value: value)
    parameters.append(parameter)
    return parameter
  }

  func module(_ name: String) throws -> RobertaNetwork.Module {
    RobertaNetwork.Module(
      weight: try parameter("\(name).weight"), bias: try parameter("\(name).bias"))
  }
}
