import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// RoBERTa against transformers and torch.
@Suite struct EncoderTests {
  private func directory() throws -> ClassifierDirectory {
    try ClassifierDirectory.open(Fixtures.path("tiny-roberta"))
  }

  /// Texts, labels, logits and loss of the fixture.
  private struct Reference: Decodable {
    let texts: [[Int32]]
    let labels: [Int]
    let logits: [[Float]]
    let loss: Double
    static func read() throws -> Reference {
      let data = try Data(
        contentsOf: Fixtures.folder.appending(path: "tiny-roberta/reference.json"))
      return try JSONDecoder().decode(Reference.self, from: data)
    }
  }

  private func logits(
    _ directory: ClassifierDirectory, _ texts: [[Int32]], _ type: ComputeType = .float32,
    batchTokens: Int = 1024
  ) throws -> [[Float]] {
    let classifier = try EncoderInference(
      configuration: directory.configuration, checkpoint: directory.checkpoint, computeType: type,
      batchTokens: batchTokens)
    var result = [[Float]](repeating: [], count: texts.count)
    try classifier.classify(texts) { result[$0] = $1 }
    return result
  }

  @Test func logitsAreThoseOfTransformers() throws {
    let (directory, reference) = (try directory(), try Reference.read())
    let ours = try logits(directory, reference.texts)
    expectClose(ours.flatMap { $0 }, reference.logits.flatMap { $0 }, absolute: 1e-5)
    let network = try EncoderNetwork(directory.configuration, directory.checkpoint)
    let trained = try network.logits(reference.texts)
    expectClose(trained.flatMap { $0 }, reference.logits.flatMap { $0 }, absolute: 1e-5)
    let narrow = try logits(directory, reference.texts, .bfloat16)
    expectClose(narrow.flatMap { $0 }, reference.logits.flatMap { $0 }, absolute: 0.05)
  }

  @Test func logitsOfATextDoNotDependOnItsCompany() throws {
    let (directory, reference) = (try directory(), try Reference.read())
    let together = try logits(directory, reference.texts)
    #expect(try logits(directory, reference.texts, batchTokens: 1) == together)
    #expect(try logits(directory, reference.texts.reversed()) == together.reversed())
  }

  @Test func gradientsAreThoseOfTorch() throws {
    let (directory, reference) = (try directory(), try Reference.read())
    let network = try EncoderNetwork(directory.configuration, directory.checkpoint)
    let loss = try network.accumulateGradients(
      zip(reference.texts, reference.labels).map { EncoderExample(tokens: $0, label: $1) })
    expectClose(loss, reference.loss, absolute: 1e-6)
    let gradients = try SafetensorsFile(path: Fixtures.path("tiny-roberta/gradients.safetensors"))
    #expect(network.parameters.count == gradients.tensors.count)
    for parameter in network.parameters {
      let theirs = try gradients.tensor("gradient/\(parameter.name)")
      var expected = theirs.values
      // torch leaves the padding's rows of the embeddings out; here they are parameters like others.
      var ours = parameter.gradient.values
      if parameter.name.hasSuffix("word_embeddings.weight")
        || parameter.name.hasSuffix("position_embeddings.weight")
      {
        let width = directory.configuration.hiddenSize
        for index in width..<2 * width { (ours[index], expected[index]) = (0, 0) }
      }
      expectClose(ours, expected, absolute: 2e-6, relative: 1e-4, parameter.name)
    }
  }

  @Test func gradientsAreFiniteDifferences() throws {
    let directory = try directory()
    let network = try EncoderNetwork(
      directory.configuration, directory.checkpoint, backend: ReferenceBackend())
    let examples = [
      EncoderExample(tokens: [0, 5, 6, 2], label: 2), EncoderExample(tokens: [0, 7, 2], label: 0),
    ]
    _ = try network.accumulateGradients(examples)
    let analytic = network.parameters.map(\.gradient.values)
    let step: Float = 0.01
    for (parameter, gradient) in zip(network.parameters, analytic) {
      let index = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
      let original = parameter.value[index]
      parameter.value[index] = original + step
      let above = try network.accumulateGradients(examples)
      parameter.value[index] = original - step
      let below = try network.accumulateGradients(examples)
      parameter.value[index] = original
      expectClose(
        Double(gradient[index]), (above - below) / Double(2 * step), absolute: 2e-4, relative: 0.02,
        parameter.name)
    }
  }

  @Test func trainingLearnsAndRoundTrips() throws {
    let configuration = EncoderConfiguration(
      hiddenSize: 16, feedForwardSize: 24, layerCount: 2, headCount: 2, vocabularySize: 12,
      positionCount: 10, labels: ["calm", "loud"])
    let random = RandomSource(seed: 1)
    let network = try EncoderNetwork(
      configuration, configuration.initialCheckpoint(random: random))
    // A text is loud where it holds id 11.
    let examples = (0..<200).map { index -> EncoderExample in
      var tokens = [0] + (0..<5).map { Int32(3 + (index * 7 + $0 * index) % 8) } + [2]
      if index % 2 == 1 { tokens[1 + index % 5] = 11 }
      return EncoderExample(tokens: tokens, label: index % 2)
    }
    var losses: [Double] = []
    try EncoderTraining(
      epochs: 8, batchSize: 20, optimizer: OptimizerSettings(.adamW, learningRate: 1e-2),
      warmupShare: 0.1
    ).train(network, on: examples, random: random) { losses.append($0.loss) }
    #expect(losses.count == 80)
    #expect((losses.last ?? 1) < 0.1, "\(losses.suffix(3))")

    let folder = try TemporaryFolder()
    let path = "\(folder.path)/classifier"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try ClassifierDirectory.writeContents(configuration, network.checkpoint, into: path)
    let directory = try ClassifierDirectory.open(path)
    #expect(directory.configuration == configuration)
    let texts = examples.prefix(9).map(\.tokens)
    let (ours, theirs) = (try logits(directory, texts), try network.logits(texts))
    expectClose(ours.flatMap { $0 }, theirs.flatMap { $0 }, absolute: 1e-5)
  }

  @Test func textsThatCannotBeRead() throws {
    let directory = try directory()
    func failure(_ texts: [[Int32]]) -> EncoderError? {
      #expect(throws: EncoderError.self) { _ = try logits(directory, texts) }
    }
    #expect(
      failure([[0, 2], [0, 40, 2]]) == .tokenOutOfRange(text: 1, token: 40, vocabulary: 40))
    #expect(failure([[]]) == .length(text: 0, tokens: 0, maximum: 20))
    let long = [Int32](repeating: 5, count: 21)
    #expect(failure([long]) == .length(text: 0, tokens: 21, maximum: 20))
  }

  @Test(
    .enabled(if: Fixtures.external("SPUNGE_GOLDENS") != nil),
    arguments: ["tiny-roberta", "tiny-roberta-bin"])
  func goldens(model: String) throws {
    struct Row: Decodable {
      let input_ids: [Int32]
      let logits: [Float]
    }
    let goldens = try #require(Fixtures.external("SPUNGE_GOLDENS"))
    let data = try Data(contentsOf: goldens.appending(path: "reference.json"))
    let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let rows = try JSONDecoder().decode(
      [Row].self,
      from: try JSONSerialization.data(withJSONObject: try #require(all["tiny-roberta"])))
    let directory = try ClassifierDirectory.open(goldens.appending(path: model).path)
    let ours = try logits(directory, rows.map(\.input_ids))
    #expect(directory.configuration.labels == ["LABEL_0", "LABEL_1"])
    expectClose(ours.flatMap { $0 }, rows.flatMap(\.logits), absolute: 1e-5)
    let other = try ClassifierDirectory.open(goldens.appending(path: "tiny-roberta").path)
    #expect(try logits(other, rows.map(\.input_ids)) == ours)
  }
}
