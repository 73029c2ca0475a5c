package import Tensors

/// A whole decoder that can be trained: embeddings, blocks, final norm and head, forward and backward in float32.
///
/// Frozen parameters are read from the base checkpoint, once or for every use, as `memory` says. Trained
/// ones and their gradients are in `parameters`, in a fixed order, for an optimizer to step over.
package final class LlamaNetwork {
  package let configuration: LlamaConfiguration
  package let base: any Checkpoint
  package let backend: any ComputeBackend
  /// What trains: whole tensors under their checkpoint names, or factors under PEFT's.
  package let parameters: [TrainedParameter]
  package let memory: TrainingMemory
  package let training: TrainableParameters
  /// Factors beside the projections, by parameter name.
  package let adapters: [String: LoRAFactors]

  let pool = TensorPool()
  private let trained: [String: TrainedParameter]
  private let gradients: [Int: BlockGradients]
  private let lowestTrained: Int
  private var blocks: [Int: LlamaBlock] = [:]
  private var runner: BlockRunner
  private var longest: Int
  let head: OutputHead

  /// - Parameters:
  ///   - base: the starting point; has been checked against the configuration.
  ///   - random: draws the initial factors.
  /// - Throws: `TrainingError` where nothing would train, and what reading the base throws.
  package init(
    configuration: LlamaConfiguration, base: any Checkpoint, training: TrainableParameters,
    random: RandomSource, memory: TrainingMemory = .fastest,
    backend: any ComputeBackend = CPUBackend()
  ) throws {
    self.configuration = configuration
    self.base = base
    self.memory = memory
    self.training = training
    self.backend = backend
    let chosen = try ChosenParameters(configuration, base, training, random)
    parameters = chosen.parameters
    adapters = chosen.adapters
    trained = chosen.trained
    gradients = chosen.gradients(layers: configuration.layerCount)
    lowestTrained = chosen.lowestLayer(configuration)
    longest = min(configuration.contextLength, 512)
    runner = BlockRunner(
      configuration: configuration, backend: backend, positions: longest, pool: pool)
    head = try OutputHead(
      configuration, base, trained: chosen.trained, memory: memory, backend: backend, pool: pool)
  }

  /// Sets every gradient to zero.
  package func zeroGradients() { parameters.forEach { $0.gradient.fill(0) } }

  /// A pass through the first `depth` blocks, with what its backward pass needs.
  /// - Parameters:
  ///   - adapters: whether and how low-rank factors take part; `.off` is the base where only factors train.
  ///   - depth: how many blocks; default: all.
  ///   - keep: whether `backward` will follow.
  /// - Throws: `TrainingError.tokenOutOfRange`, and what reading the base throws.
  package func forward(
    _ batch: TokenBatch, adapters use: AdapterUse = .evaluate, depth: Int? = nil, keep: Bool = true
  ) throws -> ForwardPass {
    try forward(batch, use, depth: depth ?? configuration.layerCount, keep: keep) { index in
      try self.block(index)
    }
  }

  /// The same through the base model, whatever trains.
  package func forwardBase(_ batch: TokenBatch, depth: Int? = nil) throws -> ForwardPass {
    let depth = depth ?? configuration.layerCount
    return try forward(batch, .off, depth: depth, keep: false, isBase: true) { index in
      // A block without trained tensors of its own is the base's.
      guard self.gradients[index] != nil else { return try self.block(index) }
      return try LlamaBlock(index: index, checkpoint: self.base, pool: self.pool)
    }
  }

  private func forward(
    _ batch: TokenBatch, _ use: AdapterUse, depth: Int, keep: Bool, isBase: Bool = false,
    block: (Int) throws -> LlamaBlock
  ) throws -> ForwardPass {
    precondition((0...configuration.layerCount).contains(depth), "depth \(depth)")
    if case .dynamic = configuration.rotary.scaling, batch.longest > configuration.contextLength {
      throw TrainingError.beyondContext(
        tokens: batch.longest, context: configuration.contextLength)
    }
    makeRoom(for: batch)
    var x = try embed(batch, base: isBase)
    var kept: [Int: ForwardPass.Kept] = [:]
    for index in 0..<depth {
      // Below the lowest trained block no gradient flows, so nothing is kept.
      let keeps = keep && index >= lowestTrained
      if keeps, memory.recomputes { kept[index] = .input(x) }
      x = runner.forward(try block(index), x, batch, adapters: use) { activations in
        if keeps, !memory.recomputes { kept[index] = .activations(activations) }
      }
    }
    return ForwardPass(batch: batch, hidden: x, depth: depth, use: use, isBase: isBase, kept: kept)
  }

  /// Adds the gradients of trained parameters, from that of the pass's hidden states.
  /// - Parameter dHidden: ∂loss/∂hidden, `[T, D]`.
  package func backward(_ pass: ForwardPass, dHidden: Tensor) throws {
    precondition(dHidden.shape == pass.hidden.shape, "\(dHidden.shape) for \(pass.hidden.shape)")
    precondition(!pass.isBase, "the base does not train")
    var dOut = dHidden
    for index in stride(from: pass.depth - 1, through: lowestTrained, by: -1) {
      let block = try block(index)
      let activations = try activations(of: pass, block)
      let needsInput = index > lowestTrained || trained[LlamaNames.embedding] != nil
      let dx = runner.backward(
        block, activations, pass.batch, dOut: dOut, gradients: gradients[index],
        adapters: pass.use, needsInput: needsInput)
      pass.kept[index] = nil
      guard let dx else { return }
      dOut = dx
    }
    // forward: x = embedding[token]
    guard let embedding = trained[LlamaNames.embedding] else { return }
    let width = configuration.hiddenSize
    for (row, token) in pass.batch.tokens.enumerated() {
      let (source, target) = (row * width, Int(token) * width)
      for column in 0..<width {
        embedding.gradient.pointer[target + column] += dOut.pointer[source + column]
      }
    }
  }

  private func activations(of pass: ForwardPass, _ block: LlamaBlock) throws -> BlockActivations {
    switch pass.kept[block.index] {
    case .activations(let activations): return activations
    case .input(let x):
      var again: BlockActivations?
      _ = runner.forward(block, x, pass.batch, adapters: pass.use) { again = $0 }
      if let again { return again }
    case nil: break
    }
    preconditionFailure("the forward pass was not kept, or has been used")
  }

  /// The block with its trained tensors and factors.
  private func block(_ index: Int) throws -> LlamaBlock {
    if let block = blocks[index] { return block }
    var (weights, biases): ([LlamaBlock.Part: Tensor], [LlamaBlock.Part: Tensor]) = ([:], [:])
    var factors: [LlamaBlock.Part: LoRAFactors] = [:]
    for part in LlamaBlock.Part.allCases {
      weights[part] = trained[LlamaNames.layer(index, part.rawValue)]?.value
      biases[part] = trained[LlamaNames.layer(index, part.biasName)]?.value
      factors[part] = adapters[LlamaNames.layer(index, part.rawValue)]
    }
    let block = try LlamaBlock(
      index: index, checkpoint: base, weights: weights, biases: biases, adapters: factors,
      pool: pool)
    if memory.keepsWeights { blocks[index] = block }
    return block
  }

  private func embed(_ batch: TokenBatch, base isBase: Bool) throws -> Tensor {
    let width = configuration.hiddenSize
    let x = pool.tensor([batch.tokens.count, width])
    let embedding = isBase ? nil : trained[LlamaNames.embedding]?.value
    for (row, token) in batch.tokens.enumerated() {
      guard (0..<configuration.vocabularySize).contains(Int(token)) else {
        throw TrainingError.tokenOutOfRange(
          token: Int(token), vocabulary: configuration.vocabularySize)
      }
      if let embedding {
        (x.pointer + row * width).update(from: embedding.pointer + Int(token) * width, count: width)
      } else {
        try base.read(
          LlamaNames.embedding, rows: Int(token)..<Int(token) + 1,
          into: UnsafeMutableBufferPointer(rebasing: x.elements[row * width..<(row + 1) * width]))
      }
    }
    return x
  }

  /// Rotary tables for the batch's longest sequence.
  private func makeRoom(for batch: TokenBatch) {
    guard batch.longest > longest else { return }
    longest = batch.longest * 2
    runner = BlockRunner(
      configuration: configuration, backend: backend, positions: longest, pool: pool)
  }
}

/// One pass through a network's blocks.
package final class ForwardPass {
  enum Kept {
    case activations(BlockActivations)
    /// The block's input, from which its activations are computed again.
    case input(Tensor)
  }

  package let batch: TokenBatch
  /// Output of the last block that ran, `[T, D]`.
  package let hidden: Tensor
  let depth: Int
  let use: AdapterUse
  let isBase: Bool
  var kept: [Int: Kept]

  init(
    batch: TokenBatch, hidden: Tensor, depth: Int, use: AdapterUse, isBase: Bool,
    kept: [Int: Kept]
  ) {
    self.batch = batch
    self.hidden = hidden
    self.depth = depth
    self.use = use
    self.isBase = isBase
    self.kept = kept
  }
}
