import LanguageModels
import Tensors
import TestSupport
import Testing

/// Whole-network gradients against finite differences of the loss along each parameter's own gradient.
@Suite struct NetworkGradientTests {
  private static let rows: [[Int32]] = [[1, 9, 4, 7, 2, 30], [5, 3, 17], [8]]

  private func configuration(tied: Bool, biases: Bool) -> DecoderConfiguration {
    DecoderConfiguration(
      architecture: .llama, hiddenSize: 16, feedForwardSize: 24, layerCount: 3, headCount: 4,
      keyValueHeadCount: 2, headWidth: 4, vocabularySize: 40, normEpsilon: 1e-5,
      rotary: DecoderConfiguration.Rotary(theta: 1e4), contextLength: 16, tiesEmbeddings: tied,
      queryKeyValueBias: biases, attentionOutputBias: biases, feedForwardBias: biases)
  }

  private func network(
    tied: Bool = false, biases: Bool = false, _ training: TrainableParameters = .all,
    memory: TrainingMemory = .fastest
  ) throws -> DecoderNetwork {
    let configuration = configuration(tied: tied, biases: biases)
    let random = RandomSource(seed: 3)
    let network = try DecoderNetwork(
      configuration: configuration,
      base: WeightInitialization.normal(deviation: 0.4).checkpoint(configuration, random: random),
      training: training, random: random, memory: memory)
    var noise = random.child(named: "noise")
    for parameter in network.parameters where parameter.name.contains("lora_B") {
      for index in 0..<parameter.value.count {
        parameter.value[index] = Float.random(in: -0.3..<0.3, using: &noise)
      }
    }
    return network
  }

  /// Moves each parameter along its gradient both ways and compares the slope of `loss`.
  private func check(_ network: DecoderNetwork, _ loss: () throws -> Double) throws {
    network.parameters.forEach { $0.gradient.fill(0) }
    _ = try loss()
    let gradients = network.parameters.map { $0.gradient.copy() }
    for (parameter, gradient) in zip(network.parameters, gradients) {
      let norm = gradient.elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(norm > 1e-6, "\(parameter.name) has no gradient")
      let original = parameter.value.copy()
      func moved(_ step: Double) throws -> Double {
        for index in 0..<original.count {
          parameter.value[index] = original[index] + Float(step / norm) * gradient[index]
        }
        return try loss()
      }
      let step = 4e-3
      let slope = (try moved(step) - moved(-step)) / (2 * step)
      _ = parameter.value.elements.update(fromContentsOf: original.elements)
      expectClose(slope, norm, absolute: 2e-4, relative: 1e-2, parameter.name)
    }
  }

  @Test(arguments: [(false, false), (true, false), (false, true)])
  func everyParameter(tied: Bool, biases: Bool) throws {
    let network = try network(tied: tied, biases: biases)
    #expect(network.parameters.count == network.configuration.expectedTensors.count)
    let batch = NextTokenBatch(Self.rows)
    try check(network) { try network.trainNextToken(batch, scale: 0.5) }
  }

  @Test(arguments: [TrainingMemory.fastest, .smallest])
  func factorsWithDropout(memory: TrainingMemory) throws {
    let settings = LoRASettings(
      rank: 3, alpha: 6, dropout: 0.25, targets: [LoRASettings.allLinear])
    let network = try network(.lora(settings), memory: memory)
    #expect(network.parameters.count == 3 * 7 * 2)
    let batch = NextTokenBatch(Self.rows)
    try check(network) {
      try network.trainNextToken(batch, scale: 0.5, adapters: .train(seed: 9))
    }
  }

  @Test func divergenceFromTheBase() throws {
    let network = try network(.lora(LoRASettings(rank: 2, alpha: 2, targets: ["down_proj"])))
    let batch = NextTokenBatch(Self.rows)
    let weights: [Float] = [1, 0, 0.5, 1, 1, 2, 1]
    var divergences: [Double] = []
    try check(network) {
      let reference = try network.forwardBase(batch.input)
      let pass = try network.forward(batch.input)
      let dHidden = network.zeroGradient(of: pass)
      divergences = try network.divergence(
        pass, from: reference, weights: weights, dHidden: dHidden)
      try network.backward(pass, dHidden: dHidden)
      return zip(weights, divergences).reduce(0) { $0 + Double($1.0) * $1.1 }
    }
    #expect(divergences[1] == 0 && divergences[3] > 1e-4)
  }

  /// Only what is above the lowest trained block is kept, and only what was asked for trains.
  @Test func someParametersOfTheLastBlock() throws {
    let network = try network(.full(["model.layers.2.mlp.*", "model.norm.weight"]))
    #expect(
      network.parameters.map(\.name) == [
        "model.layers.2.mlp.gate_proj.weight", "model.layers.2.mlp.up_proj.weight",
        "model.layers.2.mlp.down_proj.weight", "model.norm.weight",
      ])
    let batch = NextTokenBatch(Self.rows)
    try check(network) { try network.trainNextToken(batch, scale: 0.5) }
  }

  @Test func aMeanOverMicroBatchesIsThatOfOneBatch() throws {
    let (one, two) = (try network(), try network())
    let settings = OptimizerSettings(.adamW, learningRate: 0.01)
    let trainings = [one, two].map {
      Trainer($0, optimizer: settings, schedule: LearningRateSchedule(.constant), steps: 1)
    }
    let batch = NextTokenBatch(Self.rows)
    func terms(_ batches: [NextTokenBatch]) -> [LossTerm] {
      batches.map { LossTerm(.nextToken($0, scale: 1 / batch.totalWeight)) }
    }
    let whole = try trainings[0].step(terms([batch]))
    let parts = try trainings[1].step(terms(Self.rows.map { NextTokenBatch([$0]) }))
    expectClose(whole.loss, parts.loss, absolute: 1e-6)
    expectClose(whole.gradientNorm, parts.gradientNorm, absolute: 1e-5)
  }

  @Test func refusals() throws {
    #expect(throws: TrainingError.nothingTrains(patterns: ["model.layer.*"])) {
      try network(.full(["model.layer.*"]))
    }
    let projections = [
      "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    ]
    #expect(throws: TrainingError.unknownTarget("q_prj", there: projections)) {
      try network(.lora(LoRASettings(targets: ["v_proj", "q_prj"])))
    }
    #expect(throws: TrainingError.tokenOutOfRange(token: 40, vocabulary: 40)) {
      _ = try network().trainNextToken(NextTokenBatch([[1, 40]]), scale: 1)
    }
  }

  /// A small network learns a repeated text with each optimizer.
  @Test(arguments: OptimizerSettings.Method.allCases)
  func lossFalls(method: OptimizerSettings.Method) throws {
    let network = try network()
    let training = Trainer(
      network, optimizer: OptimizerSettings(method, learningRate: 0.01),
      schedule: LearningRateSchedule(.trapezoid, warmupSteps: 2), steps: 30, clipping: 1)
    let batch = NextTokenBatch(Self.rows)
    let losses = try (0..<30).map { _ in
      try training.step([LossTerm(.nextToken(batch, scale: 1 / batch.totalWeight))]).loss
    }
    #expect(losses[29] < losses[0] * 0.3, "\(losses[0]) → \(losses[29])")
  }
}
