package import Tensors

/// A whole decoder that can be trained: embeddings, blocks, final norm and head, forward and backward in float32.
///
/// Frozen parameters are read from the base checkpoint, once or for every use, as `memory` says. Trained
/// ones and their gradients are in `parameters`, in a fixed order, for an optimizer to step over.
package final class DecoderNetwork: TrainableNetwork {
  package let configuration: DecoderConfiguration
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
  private var blocks: [Int: DecoderBlock] = [:]
  private var runner: BlockRunner
  private var longest: Int
  let head: OutputHead

  /// - Parameters:
  ///   - base: the starting point; has been checked against the configuration.
  ///   - random: draws the initial factors.
  /// - Throws: `TrainingError` where nothing would train, and what reading the base throws.
  package init(
    configuration: DecoderConfiguration, base: any Checkpoint, training: TrainableParameters,
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
    lowestTrained = training.lowestLayer(configuration)
    longest = min(configuration.contextLength, 512)
    runner = BlockRunner(
      configuration: configuration, backend: backend, positions: longest, pool: pool)
    head = try OutputHead(
      configuration, base, trained: chosen.trained, memory: memory, backend: backend, pool: pool)
  }

  /// The tensors that trained as whole, under their checkpoint names; not copies, so train no further while they
  /// are in use.
  package var trainedTensors: any Checkpoint {
    MemoryCheckpoint(
      parameters.filter { base.description(of: $0.name) != nil }.map { ($0.name, $0.value) })
  }

  /// A pass through the first `depth` blocks, with what its backward pass needs.
  /// - Parameters:
  ///   - adapters: whether and how low-rank factors take part; `.off` is the base where only factors train.
  ///   - depth: how many blocks; default: all.
  ///   - keep: whether `backward` will follow.
  /// - Throws: `TrainingError.tokenOutOfRange`, and what reading the base throws.
  package func forward(
    _ batch: TokenBatch, adapters use: AdapterUse = .evaluate, depth: Int? = nil, keep: Bool = true
  ) throws -> ForwardPass {
    let depth = try prepare(batch, depth)
    var pass = Pass(batch, try embed(batch, base: false), use, keeps: keep)
    for index in 0..<depth { run(try block(index), &pass) }
    return pass.result(depth: depth, isBase: false)
  }

  /// The same through the base model, whatever trains.
  package func forwardBase(_ batch: TokenBatch, depth: Int? = nil) throws -> ForwardPass {
    let depth = try prepare(batch, depth)
    var pass = Pass(batch, try embed(batch, base: true), .off, keeps: false)
    for index in 0..<depth { run(try baseBlock(of: try block(index)), &pass) }
    return pass.result(depth: depth, isBase: true)
  }

  /// Both passes; what no trained parameter has changed is computed once.
  /// - Parameter states: layers whose hidden states are to be in both passes.
  package func forwardBoth(
    _ batch: TokenBatch, adapters use: AdapterUse = .evaluate, depth: Int? = nil,
    states layers: Set<Int> = []
  ) throws -> (base: ForwardPass, updated: ForwardPass) {
    let depth = try prepare(batch, depth)
    let trunk = min(depth, lowestTrained)
    var updated = Pass(batch, try embed(batch, base: false), use, keeps: true)
    updated.watched = layers
    for index in 0..<trunk { run(try block(index), &updated) }
    let start = trainsInput ? try embed(batch, base: true) : updated.x
    var base = Pass(batch, start, .off, keeps: false)
    (base.watched, base.states) = (layers, updated.states)
    for index in trunk..<depth {
      let block = try block(index)
      run(try baseBlock(of: block), &base)
      run(block, &updated)
    }
    return (base.result(depth: depth, isBase: true), updated.result(depth: depth, isBase: false))
  }

  /// A pass under way.
  private struct Pass {
    let batch: TokenBatch
    /// Output of the last block, `[T, D]`.
    var x: Tensor
    let use: AdapterUse
    let keeps: Bool
    var kept: [Int: ForwardPass.Kept] = [:]
    /// Layers whose outputs stay.
    var watched: Set<Int> = []
    var states: [Int: Tensor] = [:]

    init(_ batch: TokenBatch, _ x: Tensor, _ use: AdapterUse, keeps: Bool) {
      (self.batch, self.x, self.use, self.keeps) = (batch, x, use, keeps)
    }

    func result(depth: Int, isBase: Bool) -> ForwardPass {
      ForwardPass(
        batch: batch, hidden: x, depth: depth, use: use, isBase: isBase, kept: kept, states: states)
    }
  }

  /// Checks the batch and makes room for it; returns how many blocks are to run.
  private func prepare(_ batch: TokenBatch, _ depth: Int?) throws -> Int {
    let depth = depth ?? configuration.layerCount
    precondition((0...configuration.layerCount).contains(depth), "depth \(depth)")
    try configuration.requireLength(batch.longest)
    makeRoom(for: batch)
    return depth
  }

  private func run(_ block: DecoderBlock, _ pass: inout Pass) {
    // Below the lowest trained block no gradient flows, so nothing is kept.
    let keeps = pass.keeps && block.index >= lowestTrained
    var kept = keeps && memory.recomputes ? ForwardPass.Kept.input(pass.x) : nil
    pass.x = runner.forward(block, pass.x, pass.batch, adapters: pass.use) { activations in
      if keeps, !memory.recomputes { kept = .activations(activations) }
    }
    pass.kept[block.index] = kept
    if pass.watched.contains(block.index) { pass.states[block.index] = pass.x }
  }

  /// Whether what is below all blocks trains.
  private var trainsInput: Bool {
    [DecoderNames.embedding, DecoderNames.positions].contains { trained[$0] != nil }
  }

  /// Adds the gradients of trained parameters, from that of the pass's hidden states.
  /// - Parameters:
  ///   - dHidden: ∂loss/∂hidden, `[T, D]`.
  ///   - dStates: ∂loss/∂(the outputs of layers below the last), `[T, D]` each.
  package func backward(
    _ pass: ForwardPass, dHidden: Tensor, dStates: [Int: Tensor] = [:]
  ) throws {
    precondition(dHidden.shape == pass.hidden.shape, "\(dHidden.shape) for \(pass.hidden.shape)")
    precondition(!pass.isBase, "the base does not train")
    var dOut = dHidden
    for index in stride(from: pass.depth - 1, through: lowestTrained, by: -1) {
      if let own = dStates[index] { backend.add(own, to: dOut) }
      let block = try block(index)
      let activations = try activations(of: pass, block)
      let needsInput = index > lowestTrained || trainsInput
      let dx = runner.backward(
        block, activations, pass.batch, dOut: dOut, gradients: gradients[index],
        adapters: pass.use, needsInput: needsInput)
      pass.kept[index] = nil
      guard let dx else { return }
      dOut = dx
    }
    // forward: x = scale · embedding[token] + positions[place]
    let width = configuration.hiddenSize
    if let positions = trained[DecoderNames.positions] {
      for (row, place) in pass.batch.positions.enumerated() {
        add(1, dOut, row, to: positions.gradient, Int(place), width)
      }
    }
    guard let embedding = trained[DecoderNames.embedding] else { return }
    let scale = configuration.embeddingScale(.float32) ?? 1
    for (row, token) in pass.batch.tokens.enumerated() {
      add(scale, dOut, row, to: embedding.gradient, Int(token), width)
    }
  }

  private func add(
    _ factor: Float, _ from: Tensor, _ source: Int, to: Tensor, _ target: Int, _ width: Int
  ) {
    for column in 0..<width {
      to.pointer[target * width + column] += factor * from.pointer[source * width + column]
    }
  }

  private func activations(of pass: ForwardPass, _ block: DecoderBlock) throws -> BlockActivations {
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
  private func block(_ index: Int) throws -> DecoderBlock {
    if let block = blocks[index] { return block }
    var (weights, biases): ([DecoderBlock.Part: Tensor], [DecoderBlock.Part: Tensor]) = ([:], [:])
    var factors: [DecoderBlock.Part: LoRAFactors] = [:]
    for part in DecoderBlock.Part.allCases {
      weights[part] = trained[DecoderNames.layer(index, part.rawValue)]?.value
      biases[part] = trained[DecoderNames.layer(index, part.biasName)]?.value
      factors[part] = adapters[DecoderNames.layer(index, part.rawValue)]
    }
    let block = try DecoderBlock(
      index: index, checkpoint: base, weights: weights, biases: biases, adapters: factors,
      pool: pool)
    if memory.keepsWeights { blocks[index] = block }
    return block
  }

  /// The base model's version of a block: what does not train is shared.
  private func baseBlock(of block: DecoderBlock) throws -> DecoderBlock {
    guard let own = gradients[block.index] else { return block }
    func read(_ part: DecoderBlock.Part, _ name: String) throws -> (DecoderBlock.Part, Tensor) {
      (part, try base.tensor(DecoderNames.layer(block.index, name), pool: pool))
    }
    return block.replacing(
      Dictionary(uniqueKeysWithValues: try own.tensors.keys.map { try read($0, $0.rawValue) }),
      biases: Dictionary(
        uniqueKeysWithValues: try own.biases.keys.map { try read($0, $0.biasName) }))
  }

  private func embed(_ batch: TokenBatch, base isBase: Bool) throws -> Tensor {
    let width = configuration.hiddenSize
    let x = pool.tensor([batch.tokens.count, width])
    let own = { (name: String) in isBase ? nil : self.trained[name]?.value }
    let (embedding, positions) = (own(DecoderNames.embedding), own(DecoderNames.positions))
    let scale = configuration.embeddingScale(.float32)
    for (row, token) in batch.tokens.enumerated() {
      guard (0..<configuration.vocabularySize).contains(Int(token)) else {
        throw TrainingError.tokenOutOfRange(
          token: Int(token), vocabulary: configuration.vocabularySize)
      }
      try configuration.embed(
        token, at: Int(batch.positions[row]), from: base, embedding: embedding,
        positions: positions, scale: scale,
        into: UnsafeMutableBufferPointer(rebasing: x.elements[row * width..<(row + 1) * width]))
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
  /// Outputs of the layers that were asked for, `[T, D]` each.
  let states: [Int: Tensor]

  init(
    batch: TokenBatch, hidden: Tensor, depth: Int, use: AdapterUse, isBase: Bool,
    kept: [Int: Kept], states: [Int: Tensor]
  ) {
    self.batch = batch
    self.hidden = hidden
    self.depth = depth
    self.use = use
    self.isBase = isBase
    self.kept = kept
    self.states = states
  }
}
