import Formats
import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// A random Qwen3, whose queries and keys are normalised, against transformers and torch.
@Suite struct Qwen3GoldenTests {
  private static let reference = "goldens/qwen3.safetensors"
  private let folder: ModelDirectory
  private let reference: SafetensorsFile

  init() throws {
    folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-qwen3"))
    reference = try SafetensorsFile(path: Fixtures.path(Self.reference))
  }

  private func ids(_ name: String) throws -> [TokenID] {
    try Fixtures.integers(Self.reference, name).1.map { TokenID($0) }
  }

  @Test func theConfigurationIsRead() {
    let configuration = folder.configuration
    #expect(configuration.architecture == .qwen3 && configuration.headWidth == 16)
    #expect(configuration.hiddenSize == 32 && !configuration.queryKeyValueBias)
  }

  @Test(arguments: ["text0", "text1"]) func everyTokensLogProbability(text: String) throws {
    let model = try CPUEngine().causalLM(
      folder.configuration, weights: folder.checkpoint, compute: ComputeOptions(.float32))
    let tokens = try ids("\(text)/ids")
    let expected = try reference.tensor("\(text)/log_probabilities")
    var rows = 0
    _ = try model.score([ScoringRequest(tokens: tokens, scored: tokens.count - 1)]) { _, answer in
      for (row, actual) in answer.logProbabilities.enumerated() {
        let place = row * expected.columns + Int(tokens[row + 1])
        expectClose(actual, Double(expected[place]), absolute: 1e-4, "\(text) row \(row)")
        rows += 1
      }
    }
    #expect(rows == tokens.count - 1)
  }

  @Test func greedyContinuations() throws {
    let model = try CPUEngine().causalLM(
      folder.configuration, weights: folder.checkpoint, compute: ComputeOptions(.float32))
    let texts = ["text0", "text1"]
    let tasks = try texts.map {
      GenerationTask(prompt: try ids("\($0)/ids"), maximumTokens: 16, endIDs: [])
    }
    var found: [Int: [TokenID]] = [:]
    try model.generate(tasks, shouldStop: { _, _ in false }) { found[$0] = $1 }
    for (index, text) in texts.enumerated() {
      #expect(try found[index] == ids("\(text)/greedy"))
    }
  }

  /// Loss and gradients of every parameter of the blocks, norms of queries and keys included.
  @Test(arguments: [TrainingMemory.fastest, .smallest]) func gradients(memory: TrainingMemory)
    throws
  {
    let network = try DecoderNetwork(
      configuration: folder.configuration, base: folder.checkpoint, training: .all,
      random: RandomSource(seed: 0), memory: memory)
    let batch = NextTokenBatch([try ids("text0/ids")])
    let loss = try network.trainNextToken(batch, scale: 1 / batch.totalWeight)
    expectClose(loss, Double(try reference.tensor("loss")[0]), absolute: 1e-5)
    var compared = 0
    for parameter in network.parameters {
      let name = "gradient/\(parameter.name)"
      guard reference.description(of: name) != nil else { continue }
      let expected = try reference.tensor(name)
      expectClose(
        parameter.gradient.values, expected.values, absolute: 2e-5, relative: 1e-3, parameter.name)
      compared += 1
    }
    #expect(compared == 2 * 11 + 1)
  }

  /// As gguf-py writes it.
  @Test func theGGUFFileHoldsTheSameModel() throws {
    let gguf = try ModelDirectory.open(Fixtures.path("goldens/tiny-qwen3.gguf"))
    var configuration = gguf.configuration
    #expect(Float(configuration.normEpsilon) == Float(folder.configuration.normEpsilon))
    configuration.normEpsilon = folder.configuration.normEpsilon
    #expect(configuration == folder.configuration)
    #expect(gguf.checkpoint.tensors.count == folder.checkpoint.tensors.count)
    for tensor in folder.checkpoint.tensors {
      #expect(
        try gguf.checkpoint.tensor(tensor.name).values
          == folder.checkpoint.tensor(tensor.name).values, "\(tensor.name)")
    }
  }

  /// transformers' own config.json says the same of every field that is written.
  @Test func isWrittenAsTransformersDoes() throws {
    let written = try folder.configuration.json(format: .float32, path: "m")
    let theirs = try Fixtures.json("goldens/tiny-qwen3/config.json")
    #expect(theirs.count > 15)
    for (key, value) in theirs where written[key] != nil && !(value is NSNull) {
      switch written[key] {
      case .bool(let flag): #expect(value as? Bool == flag, "\(key)")
      case .string(let text): #expect(value as? String == text, "\(key)")
      case let number where number?.number != nil:
        #expect(number?.number == value as? Double, "\(key)")
      default: break
      }
    }
    #expect(try DecoderConfiguration(json: written, path: "m") == folder.configuration)
  }

  /// The parts of a block that Llama does not have cannot be trained in one.
  @Test func otherArchitecturesHaveNoSuchNorms() throws {
    let llama = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    #expect(throws: TrainingError.self) {
      try TrainableParameters.full(["model.layers.*.self_attn.q_norm.weight"])
        .check(llama.configuration)
    }
  }
}
