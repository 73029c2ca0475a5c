import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// Random models of every architecture against transformers, torch and PEFT.
@Suite struct DecoderArchitectureTests {
  static let names = [
    "gemma", "gemma2", "gemma3", "phi3", "gptneox", "olmo2", "phi", "gpt2", "gptj",
  ]
  /// Two shapes of each, and of Llama's ways to scale rotary embeddings.
  static let models = (names + ["llama-yarn", "llama-linear"]).flatMap { ["\($0)-a", "\($0)-b"] }

  /// What a model's folder says.
  struct Fixture {
    let directory: ModelDirectory
    let reference: [String: Any]
    let path: String

    init(_ name: String) throws {
      path = "architectures/\(name)"
      directory = try ModelDirectory.open(Fixtures.path(path))
      reference = try Fixtures.json("\(path)/reference.json")
    }

    var texts: [[TokenID]] { (reference["texts"] as? [[Int]] ?? []).map { $0.map { TokenID($0) } } }
    var batch: NextTokenBatch { NextTokenBatch([texts[0]]) }

    func network(_ training: TrainableParameters, _ memory: TrainingMemory = .fastest) throws
      -> DecoderNetwork
    {
      try DecoderNetwork(
        configuration: directory.configuration, base: directory.checkpoint, training: training,
        random: RandomSource(seed: 0), memory: memory)
    }
  }

  /// Norm of a tensor and its product with a fixed vector, as the references have them.
  private func summary(_ values: [Float]) -> [Double] {
    var (square, product) = (0.0, 0.0)
    for (index, value) in values.enumerated() {
      square += Double(value) * Double(value)
      product += Double(value) * cos(Double(index) * 0.7)
    }
    return [square.squareRoot(), product]
  }

  private func compare(
    _ values: [Float], _ expected: Any?, relative: Double, _ comment: String
  ) throws {
    let expected = try #require(expected as? [Double], "\(comment)")
    for (ours, theirs) in zip(summary(values), expected) {
      // The product can cancel, the norm cannot.
      expectClose(ours, theirs, absolute: relative * expected[0] + 1e-6, comment)
    }
  }

  private func scores(
    _ texts: [[TokenID]], _ configuration: DecoderConfiguration, _ weights: any Checkpoint
  ) throws -> [Int: [Double]] {
    let model = try CPUEngine().causalLM(
      configuration, weights: weights, compute: ComputeOptions(.float32))
    var found: [Int: [Double]] = [:]
    _ = try model.score(texts.map { ScoringRequest(tokens: $0, scored: $0.count - 1) }) {
      found[$0] = $1.logProbabilities
    }
    return found
  }

  @Test(arguments: models) func everyTokensLogProbability(name: String) throws {
    let fixture = try Fixture(name)
    let found = try scores(
      fixture.texts, fixture.directory.configuration, fixture.directory.checkpoint)
    let expected = try #require(fixture.reference["logProbabilities"] as? [[Double]])
    for (text, values) in expected.enumerated() {
      #expect(found[text]?.count == values.count)
      for (row, value) in values.enumerated() {
        expectClose(
          found[text]?[row] ?? .nan, value, absolute: 1e-4, "\(name), text \(text), row \(row)")
      }
    }
  }

  @Test(arguments: models) func greedyContinuations(name: String) throws {
    let fixture = try Fixture(name)
    let model = try CPUEngine().causalLM(
      fixture.directory.configuration, weights: fixture.directory.checkpoint,
      compute: ComputeOptions(.float32))
    let tasks = fixture.texts.map { GenerationTask(prompt: $0, maximumTokens: 16, endIDs: []) }
    var found: [Int: [TokenID]] = [:]
    try model.generate(tasks, shouldStop: { _, _ in false }) { found[$0] = $1 }
    let expected = try #require(fixture.reference["greedy"] as? [[Int]])
    for (text, ids) in expected.enumerated() { #expect(found[text] == ids.map { TokenID($0) }) }
  }

  /// Loss and gradient of every parameter, in the layout of transformers' tensors.
  @Test(arguments: models) func gradients(name: String) throws {
    let fixture = try Fixture(name)
    let memory: TrainingMemory = name.hasSuffix("a") ? .fastest : .smallest
    let network = try fixture.network(.all, memory)
    let loss = try network.trainNextToken(fixture.batch, scale: 1 / fixture.batch.totalWeight)
    expectClose(loss, try #require(fixture.reference["loss"] as? Double), absolute: 2e-5)
    try compareGradients(of: network, fixture.reference["gradients"], name)
  }

  /// RMU's loss: hidden states of the first block against a fixed vector.
  @Test(arguments: models) func gradientsOfHiddenStates(name: String) throws {
    let fixture = try Fixture(name)
    let network = try fixture.network(.all)
    let width = network.configuration.hiddenSize
    let vector = (0..<width).map { -1 + 2 * Float($0) / Float(width - 1) }
    let training = Trainer(
      network, optimizer: OptimizerSettings(.adamW, learningRate: 0),
      schedule: LearningRateSchedule(.constant), steps: 1)
    let term = LossTerm(
      .hiddenState(
        TokenBatch([fixture.texts[0]]),
        HiddenStateLoss(layer: 0, target: .vector(vector), weight: 1)))
    let reference = try #require(fixture.reference["steering"] as? [String: Any])
    let expected = try #require(reference["loss"] as? Double)
    expectClose(try training.step([term]).loss, expected, absolute: 1e-6, relative: 1e-5, name)
    try compareGradients(of: network, reference["gradients"], name)
  }

  private func compareGradients(
    of network: DecoderNetwork, _ expected: Any?, _ name: String
  ) throws {
    let expected = try #require(expected as? [String: Any])
    let gradients = SpelledCheckpoint(
      network: MemoryCheckpoint(network.parameters.map { ($0.name, $0.gradient) }),
      network.configuration)
    for (parameter, values) in expected {
      try compare(
        gradients.tensor(parameter).values, values, relative: 1e-3, "\(name) \(parameter)")
    }
    #expect(expected.count > 5)
  }

  /// Three steps of AdamW on PEFT's default modules, from PEFT's first factors.
  @Test(arguments: names) func loRASteps(name: String) throws {
    let fixture = try Fixture("\(name)-a")
    let golden = try #require(fixture.reference["lora"] as? [String: Any])
    let first = try SafetensorsFile(path: Fixtures.path("\(fixture.path)/lora.safetensors"))
    let targets = fixture.directory.configuration.architecture.adapterTargets
    let network = try fixture.network(.lora(LoRASettings(rank: 2, alpha: 4, targets: targets)))
    #expect(Set(network.parameters.map(\.name)) == Set(first.tensors.map(\.name)))
    for parameter in network.parameters {
      let values = try first.tensor(parameter.name)
      _ = parameter.value.elements.update(fromContentsOf: values.elements)
    }
    let training = Trainer(
      network, optimizer: OptimizerSettings(.adamW, learningRate: 0.01),
      schedule: LearningRateSchedule(.constant), steps: 3)
    for expected in try #require(golden["losses"] as? [Double]) {
      let term = LossTerm(.nextToken(fixture.batch, scale: 1 / fixture.batch.totalWeight))
      expectClose(try training.step([term]).loss, expected, absolute: 1e-4, name)
    }
    let folder = try TemporaryFolder()
    try AdapterFile.write(
      try #require(network.adapter()), for: network.configuration, to: "\(folder.path)/adapter")
    let written = try SafetensorsFile(path: "\(folder.path)/adapter/adapter_model.safetensors")
    for (factor, values) in try #require(golden["last"] as? [String: Any]) {
      // AdamW's first steps go by the signs of gradients.
      try compare(written.tensor(factor).values, values, relative: 5e-3, "\(name) \(factor)")
    }
    // What is read back is what was written.
    let read = try AdapterFile.read("\(folder.path)/adapter", for: network.configuration) { _, _ in
      false
    }
    for tensor in try read.delta().tensors {
      #expect(
        try read.delta().tensor(tensor.name).values
          == network.adapter()?.delta().tensor(tensor.name).values, "\(tensor.name)")
    }
  }

  /// Beyond the original context transformers has other factors for a whole batch, beyond learnt places nothing.
  @Test func tooLongTextsAreRefused() throws {
    let phi3 = try Fixture("phi3-a")
    let long = NextTokenBatch([phi3.texts[1]])
    #expect(throws: SequenceLengthError(tokens: 43, most: 24, reason: .longrope)) {
      try phi3.network(.all).trainNextToken(long, scale: 1)
    }
    let gpt2 = try Fixture("gpt2-a")
    let beyond = [TokenID](repeating: 3, count: 70)
    #expect(throws: SequenceLengthError(tokens: 69, most: 64, reason: .learntPositions)) {
      try gpt2.network(.all).trainNextToken(NextTokenBatch([beyond]), scale: 1)
    }
    #expect(throws: SequenceLengthError(tokens: 65, most: 64, reason: .learntPositions)) {
      _ = try scores([beyond], gpt2.directory.configuration, gpt2.directory.checkpoint)
    }
  }

  /// An adapter as PEFT saves it, with the probabilities that PEFT's model gives.
  @Test(arguments: names) func adaptersOfPEFT(name: String) throws {
    let fixture = try Fixture("\(name)-a")
    let (configuration, base) = (fixture.directory.configuration, fixture.directory.checkpoint)
    let adapter = try AdapterFile.read(
      Fixtures.path("\(fixture.path)/adapter"), for: configuration
    ) { _, _ in false }
    let update = try adapter.update(of: base)
    #expect(!update.tensors.isEmpty)
    let adapted = MemoryCheckpoint(
      try base.tensors.map { tensor in
        let values = try base.tensor(tensor.name)
        if update.description(of: tensor.name) != nil {
          for (index, change) in try update.tensor(tensor.name).values.enumerated() {
            values[index] += change
          }
        }
        return (tensor.name, values)
      })
    let golden = try #require(fixture.reference["lora"] as? [String: Any])
    let expected = try #require(golden["logProbabilities"] as? [Double])
    let found = try scores([fixture.texts[0]], configuration, adapted)
    for (row, value) in expected.enumerated() {
      expectClose(found[0]?[row] ?? .nan, value, absolute: 2e-4, "\(name) row \(row)")
    }
  }

  /// What is written has transformers' names, layouts and numbers, and its configuration as it was.
  @Test(arguments: models) func isWrittenAsItWasRead(name: String) throws {
    let fixture = try Fixture(name)
    let folder = try TemporaryFolder()
    _ = try ModelWriter.write(
      fixture.directory.checkpoint, like: fixture.directory, to: "\(folder.path)/m")
    try expectEqual("\(folder.path)/m", fixture)
    let again = try ModelDirectory.open("\(folder.path)/m")
    #expect(again.configuration == fixture.directory.configuration)
    let json = try fixture.directory.configuration.json(format: .float32, path: "m")
    #expect(try DecoderConfiguration(json: json, path: "m") == fixture.directory.configuration)
  }

  private func expectEqual(_ path: String, _ fixture: Fixture) throws {
    let written = try SafetensorsFile(path: "\(path)/model.safetensors")
    let original = try SafetensorsFile(
      path: Fixtures.path("\(fixture.path)/model.safetensors"))
    #expect(Set(written.tensors.map(\.name)) == Set(original.tensors.map(\.name)))
    for tensor in original.tensors {
      #expect(written.description(of: tensor.name)?.shape == tensor.shape, "\(tensor.name)")
      #expect(
        try written.tensor(tensor.name).values == original.tensor(tensor.name).values,
        "\(tensor.name)")
    }
  }

  /// As gguf-py writes it; written as a Hugging Face folder it is transformers' again.
  @Test(arguments: names.filter { $0 != "gptj" }) func theGGUFFileHoldsTheSameModel(name: String)
    throws
  {
    let fixture = try Fixture("\(name)-a")
    let gguf = try ModelDirectory.open(Fixtures.path("\(fixture.path)/model.gguf"))
    var configuration = gguf.configuration
    let expected = fixture.directory.configuration
    // Stored as float32, and in no key of GGUF.
    configuration.normEpsilon = expected.normEpsilon
    configuration.attentionScalar = expected.attentionScalar
    if case .longrope(let short, let long, let context, let attention) = expected.rotary.scaling,
      case .longrope(let s, let l, let c, let a) = configuration.rotary.scaling
    {
      #expect(s.map { Float($0) } == short.map { Float($0) })
      #expect(l.map { Float($0) } == long.map { Float($0) })
      #expect(c == context && abs(a - attention) < 1e-6)
      configuration.rotary = expected.rotary
    }
    #expect(configuration == expected)
    for tensor in fixture.directory.checkpoint.tensors {
      #expect(
        try gguf.checkpoint.tensor(tensor.name).values
          == fixture.directory.checkpoint.tensor(tensor.name).values, "\(tensor.name)")
    }
    let folder = try TemporaryFolder()
    _ = try ModelWriter.write(gguf.checkpoint, like: gguf, to: "\(folder.path)/m")
    try expectEqual("\(folder.path)/m", fixture)
    #expect(
      try ModelDirectory.open("\(folder.path)/m").configuration.architecture
        == expected.architecture)
  }
}
