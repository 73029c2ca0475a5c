import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// A model of one block: V 8, D 4, H 2, G 1, E 2, F 6.
private enum Tiny {
  static let config = """
    {
      "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float32",
      "hidden_size": 4, "intermediate_size": 6, "num_hidden_layers": 1, "num_attention_heads": 2,
      "num_key_value_heads": 1, "vocab_size": 8, "max_position_embeddings": 16,
      "rms_norm_eps": 1e-05, "hidden_act": "silu", "tie_word_embeddings": true,
      "bos_token_id": 1, "eos_token_id": 2
    }
    """

  static var configuration: DecoderConfiguration {
    DecoderConfiguration(
      architecture: .llama, hiddenSize: 4, feedForwardSize: 6, layerCount: 1, headCount: 2,
      keyValueHeadCount: 1, headWidth: 2, vocabularySize: 8, normEpsilon: 1e-5,
      rotary: .init(theta: 10_000), contextLength: 16, tiesEmbeddings: true, beginID: 1, endIDs: [2]
    )
  }

  static var checkpoint: MemoryCheckpoint {
    var next: Float = 0
    return MemoryCheckpoint(
      configuration.expectedTensors.map { name, shape in
        let values = (0..<shape.reduce(1, *)).map { _ in
          next += 0.25
          return next
        }
        return (name, shape, values)
      })
  }

  /// Writes the model as a Hugging Face folder at `path`.
  static func write(to path: String, weights: Bool = true) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try config.write(toFile: path + "/config.json", atomically: false, encoding: .utf8)
    try "{}".write(toFile: path + "/tokenizer.json", atomically: false, encoding: .utf8)
    guard weights else { return }
    try SafetensorsWriter.write(checkpoint, to: path + "/model.safetensors") { _ in .float32 }
  }

  /// The same model as a GGUF file, queries and keys interleaved as llama.cpp does.
  static func gguf(_ edit: (inout GGUFBuilder) -> Void = { _ in }) throws -> [UInt8] {
    var builder = GGUFBuilder()
    builder.add("general.architecture", "llama")
    let numbers: [(String, UInt32)] = [
      ("block_count", 1), ("context_length", 16), ("embedding_length", 4),
      ("feed_forward_length", 6), ("attention.head_count", 2), ("attention.head_count_kv", 1),
      ("rope.dimension_count", 2),
    ]
    for (key, value) in numbers { builder.add("llama.\(key)", value) }
    builder.add("llama.attention.layer_norm_rms_epsilon", Float(1e-5))
    builder.add("tokenizer.ggml.model", "gpt2")
    builder.add("tokenizer.ggml.pre", "smollm")
    builder.add("tokenizer.ggml.tokens", ["<u>", "<s>", "</s>", "a", "b", "c", "ab", "abc"])
    builder.add("tokenizer.ggml.token_type", [Int32(3), 3, 3, 1, 1, 1, 1, 1])
    builder.add("tokenizer.ggml.merges", ["a b", "ab c"])
    builder.add("tokenizer.ggml.bos_token_id", UInt32(1))
    builder.add("tokenizer.ggml.eos_token_id", UInt32(2))
    let names = [
      "model.embed_tokens": "token_embd", "model.norm": "output_norm",
      "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
      "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
      "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
      "mlp.down_proj": "ffn_down",
    ]
    for tensor in checkpoint.tensors {
      let module = String(tensor.name.dropLast(".weight".count)).replacing(
        "model.layers.0.", with: "")
      let name = (tensor.name.contains("layers") ? "blk.0." : "") + (names[module] ?? "")
      // With heads of width 2 interleaving is the identity.
      let extents = tensor.shape.reversed().map { UInt64($0) }
      builder.add("\(name).weight", extents, try checkpoint.tensor(tensor.name).values)
    }
    edit(&builder)
    return builder.bytes
  }
}

@Suite struct ModelDirectoryTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func opensAHuggingFaceFolder() throws {
    try Tiny.write(to: folder.path)
    let model = try ModelDirectory.open(folder.path + "/")
    #expect(model.configuration == Tiny.configuration)
    #expect(
      try model.checkpoint.tensor("model.norm.weight").values
        == Tiny.checkpoint.tensor("model.norm.weight").values)
    let files = ["config.json", "tokenizer.json", "model.safetensors"]
    #expect(model.sourceFiles == files.map { "\(folder.path)/\($0)" })
  }

  @Test func opensAGGUFFileAndItsFolder() throws {
    let path = try folder.write("tiny.gguf", Tiny.gguf())
    for place in [path, folder.path] {
      let model = try ModelDirectory.open(place)
      #expect(model.sourceFiles == [path])
      var expected = Tiny.configuration
      expected.normEpsilon = Double(Float(1e-5))
      #expect(model.configuration == expected)
      for tensor in Tiny.checkpoint.tensors {
        let values = try Tiny.checkpoint.tensor(tensor.name).values
        #expect(try model.checkpoint.tensor(tensor.name).values == values)
      }
      guard case .gguf(let vocabulary) = model.tokenizer else {
        Issue.record("no vocabulary")
        return
      }
      #expect(vocabulary.tokens.count == 8)
    }
    try folder.write("other.gguf", Tiny.gguf())
    let error = #expect(throws: ModelError.self) { try ModelDirectory.open(folder.path) }
    #expect(error?.description.contains("other.gguf, tiny.gguf") == true)
  }

  @Test func followsTheCacheToItsSnapshot() throws {
    let cache = folder.path + "/models--x"
    try Tiny.write(to: cache + "/snapshots/abc123")
    try FileManager.default.createDirectory(
      atPath: cache + "/refs", withIntermediateDirectories: true)
    #expect(throws: ModelError.self) { try ModelDirectory.open(cache) }
    for (revision, isFound) in [("abc123\n", true), ("def", false), ("../..", false)] {
      try revision.write(toFile: cache + "/refs/main", atomically: false, encoding: .utf8)
      if isFound {
        #expect(try ModelDirectory.open(cache).path == cache + "/snapshots/abc123")
      } else {
        #expect(throws: ModelError.self) { try ModelDirectory.open(cache) }
      }
    }
  }

  @Test func saysWhatIsMissing() throws {
    func message(_ path: String) -> String {
      let error = #expect(throws: ModelError.self) { try ModelDirectory.open(path) }
      return error?.description ?? ""
    }
    #expect(message(folder.path + "/absent").contains("no such file"))
    #expect(message(folder.path).contains("no config.json"))
    try Tiny.write(to: folder.path, weights: false)
    #expect(message(folder.path).contains("no weights"))
    try folder.write("consolidated.00.pth", "x")
    #expect(message(folder.path).contains("save_pretrained"))
    try Tiny.write(to: folder.path)
    try folder.write("config.json", "{\n  \"a\": 1,\n  oops\n}")
    #expect(
      message(folder.path).contains(
        "config.json:3:3: invalid JSON: expected a key in double quotes, found 'o'"))
    try folder.write(
      "config.json", Tiny.config.replacing("\"hidden_size\": 4", with: "\"hidden_size\": 8"))
    #expect(message(folder.path).contains("has shape [8, 4] instead of [8, 8]"))
  }

  static let hostileGGUF: [(edit: @Sendable (inout GGUFBuilder) -> Void, message: String)] = [
    ({ $0.values.removeAll { $0.key == "llama.block_count" } }, "'llama.block_count' is missing"),
    ({ $0.add("llama.attention.key_length", UInt32(4)) }, "the width of a head, 4"),
    ({ $0.add("llama.expert_count", UInt32(8)) }, "mixtures of experts"),
    ({ $0.add("llama.rope.scaling.type", "yarn") }, "'yarn'; supported: none, linear"),
    ({ $0.add("llama.rope.scaling.type", "linear") }, "rope.scaling.factor' is missing"),
    ({ $0.add("rope_freqs.weight", [1], [0.5]) }, "rotary factors of an unknown kind"),
    ({ $0.tensors.removeAll { $0.name == "token_embd.weight" } }, "'token_embd.weight' is missing"),
    (
      { $0.tensors.removeAll { $0.name == "output_norm.weight" } }, "'model.norm.weight' is missing"
    ),
    ({ $0.add("llama.rope.freq_base", Float.nan) }, "'llama.rope.freq_base' is"),
  ]

  @Test(arguments: hostileGGUF.indices) func refusesTheGGUF(_ index: Int) throws {
    let (edit, message) = Self.hostileGGUF[index]
    let path = try folder.write("hostile.gguf", Tiny.gguf(edit))
    let error = #expect(throws: ModelError.self) { try ModelDirectory.open(path) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test func recognisesWhatIsSpecialAboutAGGUF() throws {
    let path = try folder.write(
      "special.gguf",
      Tiny.gguf { builder in
        builder.add("llama.attention.sliding_window", UInt32(5))
        builder.add("llama.rope.scaling.type", "linear")
        builder.add("llama.rope.scaling.factor", Float(2))
        builder.add("llama.rope.freq_base", Float(1000))
        builder.add("tokenizer.ggml.eot_token_id", UInt32(6))
        builder.add("tokenizer.ggml.eom_token_id", UInt32(2))
      })
    let configuration = try ModelDirectory.open(path).configuration
    #expect(configuration.architecture == .mistral)
    #expect(configuration.slidingWindows == [5])
    #expect(configuration.stopIDs == [2, 6])
    #expect(configuration.rotary == .init(theta: 1000, scaling: .linear(factor: 2)))
  }
}

extension ModelDirectoryTests {
  /// llama.cpp stores, for each frequency, by how much Llama 3.1 divides it (its converter's formula).
  @Test func recognisesTheRotaryFactorsOfLlama31() throws {
    let factors = (0..<32).map { index in
      let wavelength = 2 * Double.pi * pow(500_000, Double(index) / 32)
      if wavelength < 8192 / 4 { return Float(1) }
      if wavelength > 8192 { return Float(32) }
      let smooth = (8192 / wavelength - 1) / 3
      return Float(1 / ((1 - smooth) / 32 + smooth))
    }
    let bytes = try Tiny.gguf { builder in
      builder.values.removeAll { $0.key == "llama.rope.dimension_count" }
      builder.add("llama.rope.dimension_count", UInt32(64))
      builder.add("llama.rope.freq_base", Float(500_000))
      builder.add("rope_freqs.weight", [32], factors)
    }
    let checkpoint = try GGUFCheckpoint(path: folder.write("rotary.gguf", bytes))
    #expect(
      try DecoderConfiguration(gguf: checkpoint).rotary.scaling
        == .llama3(factor: 32, lowFactor: 1, highFactor: 4, originalContext: 8192))
  }
}

@Suite struct ModelWriterTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func writesACompleteFolder() throws {
    let source = folder.path + "/source"
    try Tiny.write(to: source)
    let model = try ModelDirectory.open(source)
    let norm = "model.norm.weight"
    let changed = try model.checkpoint.replacing(MemoryCheckpoint([(norm, [4], [9, 8, 7, 6])]))
    let target = folder.path + "/new/model"
    #expect(try ModelWriter.write(changed, like: model, to: target) == [])
    let names = try FileManager.default.contentsOfDirectory(atPath: target).sorted()
    #expect(names == ["config.json", "model.safetensors", "tokenizer.json"])
    #expect(try String(contentsOfFile: target + "/config.json", encoding: .utf8) == Tiny.config)
    let written = try ModelDirectory.open(target)
    #expect(written.configuration == model.configuration)
    #expect(try written.checkpoint.tensor(norm).values == [9, 8, 7, 6])
    #expect(throws: FileError.self) { try ModelWriter.write(changed, like: model, to: target) }
    #expect(try folder.names == ["new", "source"])
  }

  @Test func aChosenFormatIsWrittenIntoTheConfiguration() throws {
    let source = folder.path + "/source"
    try Tiny.write(to: source)
    let model = try ModelDirectory.open(source)
    let target = folder.path + "/half"
    _ = try ModelWriter.write(
      model.checkpoint, like: model, to: target, format: .bfloat16, maximumShardBytes: 100)
    let written = try ModelDirectory.open(target)
    #expect(Set(written.checkpoint.tensors.map(\.storedType)) == ["BF16"])
    #expect(written.sourceFiles.contains { $0.contains("model-00001-of-") })
    let text = try String(contentsOfFile: target + "/config.json", encoding: .utf8)
    #expect(text.contains("\"torch_dtype\": \"bfloat16\""))
  }

  @Test func turnsAGGUFIntoAFolder() throws {
    let path = try folder.write("tiny.gguf", Tiny.gguf())
    let model = try ModelDirectory.open(path)
    let target = folder.path + "/unpacked"
    #expect(try ModelWriter.write(model.checkpoint, like: model, to: target) == [])
    let written = try ModelDirectory.open(target)
    #expect(written.configuration == model.configuration)
    for tensor in model.checkpoint.tensors {
      let values = try model.checkpoint.tensor(tensor.name).values
      #expect(try written.checkpoint.tensor(tensor.name).values == values)
    }
    let tokenizer = try String(contentsOfFile: target + "/tokenizer.json", encoding: .utf8)
    #expect(tokenizer.contains("\"abc\": 7") && tokenizer.contains("\"ab c\""))
  }

  @Test func saysWhenNoTokenizerCanBeWritten() throws {
    let path = try folder.write(
      "tiny.gguf",
      Tiny.gguf { builder in
        for index in builder.values.indices where builder.values[index].key == "tokenizer.ggml.pre"
        {
          builder.values[index].bytes = GGUFBuilder.string("unheard-of")
        }
      })
    let model = try ModelDirectory.open(path)
    let remarks = try ModelWriter.write(
      model.checkpoint, like: model, to: folder.path + "/unpacked")
    #expect(remarks.count == 1 && remarks[0].contains("'unheard-of' is not known"))
  }

  @Test func aFailureLeavesNothing() throws {
    let source = folder.path + "/source"
    try Tiny.write(to: source)
    let model = try ModelDirectory.open(source)
    let huge = try model.checkpoint.replacing(
      MemoryCheckpoint([("model.norm.weight", [4], [1e6, 0, 0, 0])]))
    #expect(throws: SafetensorsError.self) {
      try ModelWriter.write(huge, like: model, to: folder.path + "/new", format: .float16)
    }
    #expect(throws: ModelError.self) {
      try ModelWriter.write(
        MemoryCheckpoint([("a", [1], [0])]), like: model, to: folder.path + "/new")
    }
    #expect(try folder.names == ["source"])
  }
}

private let environment = ProcessInfo.processInfo.environment

@Suite struct RealModelTests {
  /// FNV-1a over the float32 bit patterns of the first 100,000 elements, computed from gguf-py 0.19.0's
  /// dequantised tensors (queries and keys in Hugging Face's order).
  static let digests: [(name: String, digest: UInt64)] = [
    ("model.embed_tokens.weight", 0xB631_70E4_759C_0DA5),
    ("model.layers.0.self_attn.q_proj.weight", 0x9F74_E3C4_AE30_67A5),
    ("model.layers.29.mlp.down_proj.weight", 0x514A_88C3_743A_49A5),
    ("model.layers.17.self_attn.k_proj.weight", 0x3621_740B_47D7_9DA5),
    ("model.norm.weight", 0x0F5E_DAC9_3420_3025),
  ]

  @Test(.enabled(if: environment["SPUNGE_MODELS"] != nil)) func smolLM2IsReadToTheBit() throws {
    let path = (environment["SPUNGE_MODELS"] ?? "") + "/SmolLM2-135M-Instruct.Q4_1.gguf"
    let model = try ModelDirectory.open(path)
    #expect(model.configuration.rotary.theta == 100_000)
    for (name, expected) in Self.digests {
      var digest: UInt64 = 0xCBF2_9CE4_8422_2325
      for value in try model.checkpoint.tensor(name).values.prefix(100_000) {
        digest = (digest ^ UInt64(value.bitPattern)) &* 0x100_0000_01B3
      }
      #expect(digest == expected, "\(name)")
    }
  }

  @Test(
    .enabled(if: environment["SPUNGE_GOLDENS"] != nil),
    arguments: [
      ("tiny-llama", DecoderConfiguration.Architecture.llama), ("tiny-mistral", .mistral),
      ("stories260K", .llama),
    ])
  func goldenFoldersOpen(_ name: String, _ architecture: DecoderConfiguration.Architecture) throws {
    let model = try ModelDirectory.open((environment["SPUNGE_GOLDENS"] ?? "") + "/" + name)
    #expect(model.configuration.architecture == architecture)
    #expect(model.configuration.vocabularySize == 512)
    #expect(
      (model.configuration.slidingWindows.first ?? nil) == (architecture == .mistral ? 16 : nil))
  }
}
