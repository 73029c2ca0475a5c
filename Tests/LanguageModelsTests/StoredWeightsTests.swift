import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// Folders as they are found, of the golden model: what transformers 5.24 makes of each.
@Suite struct StoredWeightsTests {
  private let folder: TemporaryFolder
  private let golden: ModelDirectory
  private let config: String

  init() throws {
    folder = try TemporaryFolder()
    golden = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    config = try String(
      contentsOfFile: Fixtures.path("goldens/tiny-llama/config.json"), encoding: .utf8)
  }

  /// Writes a folder with the golden model's tensors, some under other names or left out.
  private func write(
    _ name: String, isTied: Bool, generation: String? = nil,
    _ change: ([(name: String, tensor: Tensor)]) -> [(name: String, tensor: Tensor)]
  ) throws -> String {
    let path = "\(folder.path)/\(name)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let text = config.replacing(
      "\"tie_word_embeddings\": false", with: "\"tie_word_embeddings\": \(isTied)")
    try folder.write("\(name)/config.json", text)
    if let generation { try folder.write("\(name)/generation_config.json", generation) }
    let tensors = try golden.checkpoint.tensors.map {
      (name: $0.name, tensor: try golden.checkpoint.tensor($0.name))
    }
    try SafetensorsWriter.write(
      MemoryCheckpoint(change(tensors)), to: "\(path)/model.safetensors"
    ) { _ in .float32 }
    return path
  }

  private func logLikelihood(_ model: ModelDirectory) throws -> Double {
    let inference = try DecoderInference(
      configuration: model.configuration, checkpoint: model.checkpoint, computeType: .float32)
    var result = 0.0
    _ = try ContinuationScorer(inference).score([
      ScoringRequest(tokens: [1, 40, 77, 300, 12, 9, 500], scored: 5)
    ]) { result = $1.logLikelihood }
    return result
  }

  @Test func aTiedModelWithAnotherHeadKeepsIt() throws {
    let model = try ModelDirectory.open(try write("other", isTied: true) { $0 })
    #expect(!model.configuration.tiesEmbeddings)
    #expect(model.remarks.count == 1 && model.remarks[0].contains("'lm_head.weight'"))
    #expect(try logLikelihood(model) == logLikelihood(golden))
    // What is written says so, for tools that would tie.
    let target = "\(folder.path)/written"
    _ = try ModelWriter.write(model.checkpoint, like: model, to: target)
    let written = try String(contentsOfFile: "\(target)/config.json", encoding: .utf8)
    #expect(written.contains("\"tie_word_embeddings\": false"))
    #expect(try ModelDirectory.open(target).remarks == [])
    #expect(try logLikelihood(ModelDirectory.open(target)) == logLikelihood(golden))
  }

  @Test func aCopyOfTheEmbeddingsIsNotWrittenAgain() throws {
    let tied = try write("tied", isTied: true) { $0.filter { $0.name != DecoderNames.head } }
    let embedding = try golden.checkpoint.tensor(DecoderNames.embedding)
    let copied = try write("copied", isTied: true) { tensors in
      tensors.filter { $0.name != DecoderNames.head } + [(DecoderNames.head, embedding)]
    }
    let headOnly = try write("head-only", isTied: true) { tensors in
      tensors.filter { $0.name != DecoderNames.head && $0.name != DecoderNames.embedding }
        + [(DecoderNames.head, embedding)]
    }
    let expected = try logLikelihood(ModelDirectory.open(tied))
    #expect(try expected != logLikelihood(golden))
    for path in [copied, headOnly] {
      let model = try ModelDirectory.open(path)
      #expect(model.configuration.tiesEmbeddings && model.remarks == [])
      #expect(model.checkpoint.description(of: DecoderNames.head) == nil)
      #expect(try logLikelihood(model) == expected)
    }
    #expect(throws: ModelError.self) {
      try ModelDirectory.open(try write("none", isTied: false) { $0.dropLast() })
    }
  }

  @Test func namesWithoutPrefixAndRotaryFrequencies() throws {
    let path = try write("short", isTied: false) { tensors in
      tensors.map { ($0.name.replacing("model.", with: "", maxReplacements: 1), $0.tensor) }
        + [("layers.0.self_attn.rotary_emb.inv_freq", Tensor([8]))]
    }
    let model = try ModelDirectory.open(path)
    #expect(try logLikelihood(model) == logLikelihood(golden))
    #expect(
      Set(model.checkpoint.tensors.map(\.name)) == Set(golden.checkpoint.tensors.map(\.name)))
    let both = try write("both", isTied: false) { tensors in
      tensors + [("norm.weight", Tensor([64]))]
    }
    let error = #expect(throws: ModelError.self) { try ModelDirectory.open(both) }
    #expect(error?.description.contains("'norm.weight' is not part of the network") == true)
  }

  /// A wrapper's prefix, a classifier's head, and ids that no text has.
  @Test func wrappedNamesAndClassifierHeads() throws {
    let path = try write("wrapped", isTied: false, generation: #"{"eos_token_id": [2, 600]}"#) {
      $0.map { ("model.\($0.name)", $0.tensor) } + [("score.weight", Tensor([2, 64]))]
    }
    let model = try ModelDirectory.open(path)
    #expect(try logLikelihood(model) == logLikelihood(golden))
    #expect(
      Set(model.checkpoint.tensors.map(\.name)) == Set(golden.checkpoint.tensors.map(\.name)))
    #expect(model.remarks.count == 2)
    #expect(model.remarks[0].contains("generation_config.json: 'eos_token_id' has 600"))
    #expect(model.remarks[1].contains("'score.weight'"))
  }

  /// Two tensors that could both be the embeddings, under neither's own name.
  @Test func twoTensorsForOneNameAreAnError() throws {
    let path = try write("twice", isTied: false) { tensors in
      tensors.flatMap { tensor in
        tensor.name == DecoderNames.embedding
          ? [
            ("embed_tokens.weight", tensor.tensor),
            ("model.model.embed_tokens.weight", tensor.tensor),
          ]
          : [tensor]
      }
    }
    let error = #expect(throws: ModelError.self) { try ModelDirectory.open(path) }
    #expect(error?.description.contains("is not part of the network") == true)
  }

  @Test func anUntiedViewHasItsOwnHead() throws {
    let tied = try ModelDirectory.open(
      try write("tied", isTied: true) { $0.filter { $0.name != DecoderNames.head } })
    let untied = tied.untied
    #expect(!untied.configuration.tiesEmbeddings)
    #expect(
      try untied.checkpoint.tensor(DecoderNames.head).values
        == tied.checkpoint.tensor(DecoderNames.embedding).values)
    #expect(try logLikelihood(untied) == logLikelihood(tied))
    #expect(golden.untied.checkpoint.tensors == golden.checkpoint.tensors)
  }

  @Test(arguments: [
    (#"{"eos_token_id": [71, 500]}"#, [71, 500]), (#"{"eos_token_id": 80}"#, [80]),
    (#"{"eos_token_id": null}"#, [2]), ("{}", [2]), (#"{"eos_token_id": [-1]}"#, []),
  ])
  func generationEndsWhereItsFileSays(text: String, expected: [Int]) throws {
    let model = try ModelDirectory.open(
      try write("generation", isTied: false, generation: text) { $0 })
    #expect(model.configuration.stopIDs == expected)
    #expect(model.configuration.endIDs == [2])
  }

  @Test func anEndThatIsNoIDIsRefused() throws {
    let path = try write("end", isTied: false, generation: #"{"eos_token_id": "</s>"}"#) { $0 }
    let error = #expect(throws: ModelError.self) { try ModelDirectory.open(path) }
    #expect(error?.description.contains("generation_config.json: 'eos_token_id' is") == true)
  }

  @Test func aStrayGGUFIsNotScored() throws {
    let path = try write("stray", isTied: false) { $0 }
    try folder.write("stray/other.gguf", "no GGUF at all")
    let model = try ModelDirectory.open(path)
    #expect(model.format == .huggingFace)
    #expect(model.remarks.count == 1 && model.remarks[0].contains("other.gguf is not used"))
    // Without config.json the weights are of no use, and the .gguf file is meant.
    try FileManager.default.removeItem(atPath: "\(path)/config.json")
    #expect(throws: GGUFError.self) { try ModelDirectory.open(path) }
  }

  @Test func furtherChatTemplatesAreCopied() throws {
    let path = try write("templates", isTied: false) { $0 }
    let templates = "additional_chat_templates"
    try FileManager.default.createDirectory(
      atPath: "\(path)/\(templates)", withIntermediateDirectories: true)
    try folder.write("templates/\(templates)/tool_use.jinja", "tools")
    let model = try ModelDirectory.open(path)
    let target = "\(folder.path)/copy"
    _ = try ModelWriter.write(model.checkpoint, like: model, to: target)
    #expect(
      try String(contentsOfFile: "\(target)/\(templates)/tool_use.jinja", encoding: .utf8)
        == "tools")
  }

  /// Tables of the whole context would need 128 GiB.
  @Test func aHugeContextCostsNothing() throws {
    var configuration = golden.configuration
    configuration.contextLength = 1 << 30
    let tokens = (0..<3000).map { Int32($0 * 37 % 500) }
    func answer(_ configuration: DecoderConfiguration) throws -> [Double] {
      let model = try DecoderInference(
        configuration: configuration, checkpoint: golden.checkpoint, computeType: .float32)
      var result: [Double] = []
      _ = try ContinuationScorer(model).score([ScoringRequest(tokens: tokens, scored: 9)]) {
        result = $1.logProbabilities
      }
      return result
    }
    let huge = try answer(configuration)
    configuration.contextLength = 3000
    #expect(try answer(configuration) == huge)
  }
}

extension DecoderConfiguration {
  /// The golden model's fields in the words of the first converted checkpoints.
  fileprivate static let first = """
    {"architectures": ["LLaMAForCausalLM"], "model_type": "llama", "bos_token_id": -1,
     "eos_token_id": -1, "pad_token_id": -1, "hidden_act": "silu", "hidden_size": 64,
     "intermediate_size": 128, "num_attention_heads": 4, "num_hidden_layers": 4,
     "max_sequence_length": 512, "torch_dtype": "float16", "vocab_size": 512}
    """
}

@Suite struct OldConfigurationTests {
  @Test func theFirstLlamasAreRead() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("config.json", DecoderConfiguration.first)
    let read = try DecoderConfiguration(configFile: path)
    #expect(read.keyValueHeadCount == 4)
    #expect(read.normEpsilon == 1e-6)
    #expect(read.contextLength == 512)
    #expect(read.beginID == nil && read.endIDs == [])
    let without = DecoderConfiguration.first.replacing("\"max_sequence_length\": 512,", with: "")
    #expect(
      try DecoderConfiguration(configFile: folder.write("config.json", without)).contextLength
        == 2048)
  }

  /// transformers scales only beyond `max_position_embeddings`, and no sequence here is longer.
  @Test func dynamicScalingIsNoneWithinTheContext() throws {
    let folder = try TemporaryFolder()
    let text = DecoderConfiguration.first.replacing(
      "\"vocab_size\"", with: #""rope_scaling": {"type": "dynamic", "factor": 2.0}, "vocab_size""#)
    let read = try DecoderConfiguration(configFile: folder.write("config.json", text))
    #expect(read.rotary.scaling == .dynamic(factor: 2))
    #expect(
      read.inverseFrequencies
        == DecoderConfiguration.Rotary(theta: 10_000).inverseFrequencies(headWidth: 16))
    var long = read
    long.contextLength = 4
    let base = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    long.keyValueHeadCount = 2
    let network = try DecoderNetwork(
      configuration: long, base: base.checkpoint, training: .all,
      random: RandomSource(seed: 1))
    #expect(throws: TrainingError.beyondContext(tokens: 5, context: 4)) {
      try network.forward(TokenBatch([[1, 2, 3, 4, 5]]))
    }
    _ = try network.forward(TokenBatch([[1, 2, 3, 4]]))
  }
}
