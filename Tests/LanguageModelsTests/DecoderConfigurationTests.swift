import Formats
import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// A small valid config.json of `model`, with `changes` (nil removes a field).
private func config(
  _ model: DecoderConfiguration.Architecture = .llama, _ changes: [String: Value?] = [:]
) -> Mapping {
  var json: Mapping = [
    "architectures": .list([.string(model.name)]), "model_type": .string(model.modelType),
    "hidden_size": .integer(64), "intermediate_size": .integer(128),
    "num_hidden_layers": .integer(3), "num_attention_heads": .integer(4),
    "num_key_value_heads": .integer(2), "vocab_size": .integer(512),
    "max_position_embeddings": .integer(256), "rms_norm_eps": .float(1e-5),
    "hidden_act": .string("silu"), "bos_token_id": .integer(1), "eos_token_id": .integer(2),
    "sliding_window": .integer(16),
  ]
  for (key, value) in changes { json[key] = value }
  return json
}

private func read(_ json: Mapping) throws(ModelError) -> DecoderConfiguration {
  try DecoderConfiguration(json: json, path: "config.json")
}

@Suite struct DecoderConfigurationTests {
  @Test func readsEveryConstant() throws {
    let configuration = try read(
      config(
        .llama,
        [
          "head_dim": .integer(32), "attention_bias": .bool(true), "mlp_bias": .bool(true),
          "tie_word_embeddings": .bool(true), "eos_token_id": .list([.integer(2), .integer(5)]),
          "rope_theta": .integer(500_000),
        ]))
    let expected = DecoderConfiguration(
      architecture: .llama, hiddenSize: 64, feedForwardSize: 128, layerCount: 3, headCount: 4,
      keyValueHeadCount: 2, headWidth: 32, vocabularySize: 512, normEpsilon: 1e-5,
      rotary: .init(theta: 500_000), contextLength: 256, tiesEmbeddings: true,
      queryKeyValueBias: true, attentionOutputBias: true, feedForwardBias: true, beginID: 1,
      endIDs: [2, 5])
    #expect(configuration == expected)
  }

  @Test func derivesWhatNullStandsFor() throws {
    let configuration = try read(
      config(.llama, ["head_dim": .null, "num_key_value_heads": nil, "bos_token_id": .null]))
    #expect(configuration.headWidth == 16)
    #expect(configuration.keyValueHeadCount == 4)
    #expect(configuration.beginID == nil)
    #expect(configuration.rotary == .init(theta: 10_000))
    #expect(configuration.slidingWindows == [nil, nil, nil])
  }

  @Test func mistralSlidesEverywhere() throws {
    let configuration = try read(config(.mistral))
    #expect(configuration.slidingWindows == [16, 16, 16])
    #expect(
      try read(config(.mistral, ["sliding_window": .null])).slidingWindows == [nil, nil, nil])
    #expect(!configuration.queryKeyValueBias)
  }

  @Test func qwenSlidesWhereItSaysSo() throws {
    let full = try read(config(.qwen2))
    #expect(full.slidingWindows == [nil, nil, nil])
    #expect(full.queryKeyValueBias && !full.attentionOutputBias)
    let sliding: [String: Value?] = [
      "use_sliding_window": .bool(true), "max_window_layers": .integer(1),
    ]
    #expect(try read(config(.qwen2, sliding)).slidingWindows == [nil, 16, 16])
    let types = Value.list(
      ["full_attention", "sliding_attention", "full_attention"].map { .string($0) })
    let listed = sliding.merging(["layer_types": types]) { $1 }
    #expect(try read(config(.qwen2, listed)).slidingWindows == [nil, 16, nil])
  }

  @Test func bothSpellingsOfRotaryScalingMeanTheSame() throws {
    let llama3: Mapping = [
      "rope_type": .string("llama3"), "factor": .integer(8), "low_freq_factor": .integer(1),
      "high_freq_factor": .float(4), "original_max_position_embeddings": .integer(64),
    ]
    var parameters = llama3
    parameters["rope_theta"] = .float(500_000)
    let old = try read(
      config(.llama, ["rope_theta": .float(500_000), "rope_scaling": .mapping(llama3)]))
    let new = try read(config(.llama, ["rope_parameters": .mapping(parameters)]))
    #expect(old.rotary == new.rotary)
    #expect(
      new.rotary.scaling
        == .llama3(factor: 8, lowFactor: 1, highFactor: 4, originalContext: 64))
    let linear = Value.mapping(["type": .string("linear"), "factor": .float(2.5)])
    #expect(
      try read(config(.llama, ["rope_scaling": linear])).rotary.scaling == .linear(factor: 2.5))
  }

  /// Field, hostile value (nil: absent), and what the message must say besides the field.
  static let hostile: [(field: String, value: Value?, message: String)] = [
    ("architectures", .list([.string("FalconForCausalLM")]), "supported: LlamaForCausalLM"),
    ("architectures", .list([]), "supported: LlamaForCausalLM"),
    ("model_type", .string("mistral"), "'architectures' says LlamaForCausalLM"),
    ("hidden_size", nil, "is missing"), ("hidden_size", .integer(0), "is 0; supported"),
    ("hidden_size", .integer(-64), "is -64"), ("hidden_size", .float(64.5), "is 64.5"),
    ("hidden_size", .string("64"), "is \"64\""), ("hidden_size", .integer(.max), "supported"),
    ("intermediate_size", nil, "is missing"), ("num_hidden_layers", nil, "is missing"),
    ("num_hidden_layers", .integer(1_000_000_000), "supported: whole numbers from 1 to 4096"),
    ("num_attention_heads", nil, "is missing"), ("num_attention_heads", .integer(0), "is 0"),
    ("num_attention_heads", .integer(5), "does not divide 'hidden_size'"),
    ("num_key_value_heads", .integer(3), "does not divide"),
    ("num_key_value_heads", .integer(0), "is 0"), ("head_dim", .integer(15), "an even number"),
    ("head_dim", .integer(-2), "is -2"), ("vocab_size", nil, "is missing"),
    ("vocab_size", .integer(0), "is 0"),
    ("rms_norm_eps", .integer(0), "is 0"), ("rms_norm_eps", .float(-1e-5), "supported"),
    ("max_position_embeddings", .integer(0), "is 0"), ("hidden_act", .string("gelu"), "silu"),
    ("hidden_act", .integer(3), "should be text"), ("attention_bias", .integer(1), "true, false"),
    ("rope_theta", .integer(0), "is 0"), ("rope_theta", .string("x"), "supported"),
    ("rope_scaling", .integer(2), "should be an object"),
    ("rope_scaling", .mapping(["rope_type": .string("ntk")]), "'ntk'; supported: default"),
    (
      "rope_scaling", .mapping(["rope_type": .string("linear")]), "'rope_scaling.factor' is missing"
    ),
    (
      "rope_scaling",
      .mapping([
        "rope_type": .string("llama3"), "factor": .integer(8), "low_freq_factor": .integer(4),
        "high_freq_factor": .integer(4),
      ]), "must be above low_freq_factor"
    ),
    ("rope_parameters", .mapping(["partial_rotary_factor": .float(0.5)]), "is 0.5; supported: 1"),
    ("partial_rotary_factor", .float(0.5), "is 0.5; supported: 1"),
    (
      "rope_parameters", .mapping(["full_attention": .mapping([:])]), "differs by layer"
    ),
    ("layer_types", .list([.string("full_attention")]), "should list 3 times"),
    (
      "layer_types", .list(Array(repeating: .string("sliding_attention"), count: 3)),
      "has only full_attention"
    ),
    ("eos_token_id", .list([.string("a")]), "a token id or a list of them"),
    ("rope_scaling", .mapping(["type": .string("dynamic")]), "'rope_scaling.factor' is missing"),
    ("hidden_act", .string("\u{1B}[31m\u{202E}"), "is '\\u{1b}[31m\\u{202e}'"),
    ("vocab_size", .string(String(repeating: "a", count: 9000)), "more characters"),
    ("quantization_config", .mapping(["bits": .integer(4)]), "quantised"),
  ]

  @Test(arguments: hostile.indices) func refuses(_ index: Int) {
    let (field, value, message) = Self.hostile[index]
    let error = #expect(throws: ModelError.self) { try read(config(.llama, [field: value])) }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("config.json: "))
    #expect(text.contains(message), "\(text)")
    #expect(text.contains(field), "\(text)")
  }

  /// The defaults of the classes in transformers 4.57 and 5.24.
  @Test func absentFields() throws {
    let absent: [String: Value?] = ["max_position_embeddings": nil, "sliding_window": nil]
    let mistral = try read(config(.mistral, absent))
    #expect(mistral.slidingWindows == [4096, 4096, 4096] && mistral.contextLength == 131_072)
    let sliding = absent.merging(["use_sliding_window": .bool(true)]) { $1 }
    for model in [DecoderArchitecture.qwen2, .qwen3] {
      let qwen = try read(config(model, sliding))
      #expect(qwen.slidingWindows == [nil, nil, nil] && qwen.contextLength == 32_768)
    }
    #expect(try read(config(.llama, absent)).contextLength == 2048)
    let heads: [String: Value?] = [
      "num_key_value_heads": nil, "num_attention_heads": .integer(8), "head_dim": .integer(8),
    ]
    #expect(try read(config(.mistral, heads)).keyValueHeadCount == 8)
    let error = #expect(throws: ModelError.self) { try read(config(.qwen2, heads)) }
    #expect(error?.description.contains("num_key_value_heads") == true)
  }

  @Test(arguments: ["LlamaModel", "LlamaForSequenceClassification", "LLaMAForCausalLM"])
  func otherClassesOfTheNetwork(name: String) throws {
    let named = try read(config(.llama, ["architectures": .list([.string(name)])]))
    #expect(try named == read(config(.llama)))
  }

  @Test func idsOutsideTheVocabulary() throws {
    let read = try read(
      config(
        .llama,
        ["bos_token_id": .integer(512), "eos_token_id": .list([.integer(2), .integer(600)])]))
    #expect(read.beginID == nil && read.endIDs == [2])
  }

  @Test func reportsEveryProblemAtOnce() {
    let error = #expect(throws: ModelError.self) {
      try read(config(.llama, ["hidden_size": .integer(0), "vocab_size": nil]))
    }
    #expect(error?.description.contains("'hidden_size'") == true)
    #expect(error?.description.contains("'vocab_size'") == true)
  }

  /// What transformers 5.23 computes for E = 64: float32 bit patterns of every fourth frequency.
  @Test(
    arguments: [
      (
        .init(theta: 10_000),
        [
          0x3F80_0000, 0x3EA1_E89B, 0x3DCC_CCCD, 0x3D01_86E3, 0x3C23_D70A, 0x3B4F_3E38, 0x3A83_126F,
          0x39A5_CB60,
        ]
      ),
      (
        .init(theta: 10_000, scaling: .linear(factor: 3)),
        [
          0x3EAA_AAAB, 0x3DD7_E0CF, 0x3D08_8889, 0x3C2C_B3D9, 0x3B5A_740D, 0x3A8A_297B, 0x39AE_C33F,
          0x38DD_0F2B,
        ]
      ),
      (
        .init(
          theta: 500_000,
          scaling: .llama3(factor: 8, lowFactor: 1, highFactor: 4, originalContext: 8192)),
        [
          0x3F80_0000, 0x3E46_93B0, 0x3D1A_08C8, 0x3BEE_F74F, 0x3A09_95D2, 0x380F_C8F8, 0x36DF_10C4,
          0x35AD_07A7,
        ]
      ),
    ] as [(DecoderConfiguration.Rotary, [UInt32])])
  func inverseFrequenciesAreTheReferences(
    _ rotary: DecoderConfiguration.Rotary, _ expected: [UInt32]
  ) {
    let frequencies = rotary.inverseFrequencies(headWidth: 64)
    #expect(frequencies.count == 32)
    #expect(stride(from: 0, to: 32, by: 4).map { frequencies[$0].bitPattern } == expected)
  }

  @Test func listsTheTensorsAndFindsEveryMisfit() throws {
    let configuration = try read(config(.qwen2, ["num_hidden_layers": .integer(1)]))
    let expected = configuration.expectedTensors
    #expect(expected.count == 15)
    #expect(expected.first { $0.name.hasSuffix("k_proj.bias") }?.shape == [32])
    var tensors = expected.map {
      ($0.name, $0.shape, [Float](repeating: 0, count: $0.shape.reduce(1, *)))
    }
    try configuration.check(MemoryCheckpoint(tensors), path: "m")
    tensors.removeAll { $0.0 == "model.norm.weight" }
    tensors[0] = (tensors[0].0, [64, 512], tensors[0].2)
    tensors.append(("model.extra", [1], [0]))
    tensors.append(("model.\u{1B}[2J", [1], [0]))
    let error = #expect(throws: ModelError.self) {
      try configuration.check(MemoryCheckpoint(tensors), path: "m")
    }
    guard case .tensorsDoNotMatch("m", let problems) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(
      problems == [
        "'model.embed_tokens.weight' has shape [64, 512] instead of [512, 64]",
        "'model.norm.weight' is missing", "'model.extra' is not part of the network",
        "'model.\\u{1b}[2J' is not part of the network",
      ])
  }

  /// A file's digest is part of caches' keys, so the order of its fields is kept.
  @Test func theOrderOfFields() throws {
    let written = try read(config()).json(format: .float32, path: "m")
    #expect(
      written.names == [
        "architectures", "model_type", "hidden_size", "intermediate_size", "num_hidden_layers",
        "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size",
        "max_position_embeddings", "rms_norm_eps", "hidden_act", "rope_theta", "rope_scaling",
        "tie_word_embeddings", "bos_token_id", "eos_token_id", "torch_dtype", "attention_bias",
        "mlp_bias",
      ])
  }

  @Test(arguments: [DecoderConfiguration.Architecture.llama, .mistral, .qwen2, .qwen3])
  func whatIsWrittenReadsBackTheSame(
    _ architecture: DecoderConfiguration.Architecture
  ) throws {
    var configuration = try read(
      config(
        architecture,
        [
          "use_sliding_window": .bool(true), "max_window_layers": .integer(2),
          "eos_token_id": .list([.integer(3), .integer(4)]),
        ]))
    configuration.rotary = .init(
      theta: 77, scaling: .llama3(factor: 4, lowFactor: 1, highFactor: 4, originalContext: 128))
    let json = try configuration.json(format: .bfloat16, path: "m")
    #expect(try read(json) == configuration)
    let text = Array(Value.mapping(json).json(.indented(by: 2)).utf8)
    #expect(try text.withUnsafeBytes { try JSON.parse($0, .strict) } == .mapping(json))
  }
}
