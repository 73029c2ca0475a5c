import Formats
import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct AdapterTests {
  private func configuration() throws -> DecoderConfiguration {
    try ModelDirectory.open(Fixtures.path("goldens/tiny-llama")).configuration
  }

  /// An adapter folder as PEFT writes it, with other fields and tensors where a test wants them.
  private func folder(
    _ fields: [String: Value] = [:], tensors: [(String, [Int])]? = nil, rank: Int = 4
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let module = "base_model.model.model.layers.1.self_attn.q_proj"
    let chosen =
      tensors ?? [
        ("\(module).lora_A.weight", [rank, 64]), ("\(module).lora_B.weight", [64, rank]),
      ]
    var json: Mapping = [
      "peft_type": .string("LORA"), "r": .integer(4), "lora_alpha": .integer(8),
      "target_modules": .string(#".*1\.self_attn\.q_proj"#), "bias": .string("none"),
      "lora_bias": .bool(false), "loftq_config": .mapping([:]),
      "megatron_core": .string("megatron.core"),
    ]
    for (key, value) in fields { json[key] = value }
    try folder.write("adapter_config.json", Value.mapping(json).json(.compact))
    try SafetensorsWriter.write(
      MemoryCheckpoint(
        chosen.map { name, shape in
          let count = shape.reduce(1, *)
          return (name, shape, (0..<count).map { Float($0 % 7) - 3 })
        }), to: "\(folder.path)/adapter_model.safetensors"
    ) { _ in .float32 }
    return folder
  }

  /// Knows the expression of `folder` and the ends of names.
  private func read(_ folder: TemporaryFolder) throws -> Adapter {
    try AdapterFile.read(folder.path, for: configuration()) { pattern, text in
      pattern == #".*1\.self_attn\.q_proj"# && text.hasSuffix("1.self_attn.q_proj")
    }
  }

  @Test func deltaIsTheScaledProduct() throws {
    let folder = try folder()
    let adapter = try read(folder)
    let delta = try adapter.delta(coefficient: -0.5)
    #expect(delta.tensors.map(\.name) == ["model.layers.1.self_attn.q_proj.weight"])
    let update = try delta.tensor("model.layers.1.self_attn.q_proj.weight")
    let (a, b) = (
      try adapter.factors.tensor(adapter.products[0].down),
      try adapter.factors.tensor(adapter.products[0].up)
    )
    for (row, column) in [(0, 0), (5, 63), (63, 17)] {
      let sum = (0..<4).reduce(0.0) { $0 + Double(b[row * 4 + $1]) * Double(a[$1 * 64 + column]) }
      expectClose(Double(update[row * 64 + column]), -0.5 * 8 / 4 * sum, absolute: 1e-5)
    }
  }

  /// The scale follows each projection's own rank and α.
  @Test func patterns() throws {
    let ranks = try folder(["rank_pattern": .mapping(["q_proj": .integer(2)])], rank: 2)
    #expect(try read(ranks).products.map(\.scale) == [4])
    let alphas = try folder(["alpha_pattern": .mapping(["self_attn.q_proj": .integer(2)])])
    #expect(try read(alphas).products.map(\.scale) == [0.5])
    #expect(try read(try folder(["use_rslora": .bool(true)])).products.map(\.scale) == [4])
  }

  /// With α/8 or α/4 the result would be another one; PEFT refuses to load it.
  @Test(
    arguments: [
      ["r": .integer(5)], ["r": .integer(1_000_000)],
      ["rank_pattern": .mapping(["q_proj": .integer(8)])],
    ] as [[String: Value]])
  func storedRankIsNotTheStatedOne(fields: [String: Value]) throws {
    let folder = try folder(fields)
    let error = try #require(throws: AdapterError.self) { try read(folder) }
    let text = error.description
    #expect(text.contains("size mismatch") && text.contains("q_proj.lora_A.weight"))
    #expect(text.contains("'\(fields.keys.first ?? "")'") && text.contains("[4, 64]"))
  }

  @Test(
    arguments: [
      ("init_lora_weights", .string("pissa")), ("invented_tomorrow", .integer(3)),
      ("lora_alpha", .string("big")), ("r", .integer(0)), ("r", .float(4.5)),
      ("bias", .string("some")),
      ("use_rslora", .string("yes")), ("target_modules", .integer(3)),
      ("layer_replication", .list([.integer(1)])),
      ("rank_pattern", .mapping(["q_proj": .integer(-1)])), ("alpha_pattern", .list([.integer(1)])),
      ("layers_to_transform", .list([.integer(1)])),
      ("trainable_token_indices", .integer(1)),
      ("peft_type", .string("IA3")),
    ] as [(String, Value)])
  func refusedByName(name: String, value: Value) throws {
    let folder = try folder([name: value])
    let error = try #require(throws: AdapterError.self) { try read(folder) }
    #expect(error.description.contains("'\(name)'"), "\(error)")
    #expect(error.description.hasPrefix("\(folder.path)/adapter_config.json: "))
  }

  private static let module = "base_model.model.model.layers.1.self_attn.q_proj"

  @Test(arguments: [
    (
      "base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight", [4, 64],
      "no module of the base"
    ),
    ("\u{1b}[31mx", [4, 64], #"'\u{1b}[31mx' belongs to no module"#),
    ("\(module).lora_magnitude_vector", [64], "'use_dora'"),
    ("\(module).lora_B.bias", [64], "'lora_bias'"),
    ("\(module).weight", [64, 64], "base_layer.weight"),
    (
      "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", [4, 64], "'target_modules'"
    ),
    ("\(module).lora_A.default.weight", [4, 64], "the same tensor"),
    ("base_model.model.lm_head.base_layer.weight", [9, 64], "size mismatch"),
  ])
  func tensorsWithoutAPlace(name: String, shape: [Int], fragment: String) throws {
    let folder = try folder(tensors: [
      ("\(Self.module).lora_A.weight", [4, 64]), ("\(Self.module).lora_B.weight", [64, 4]),
      (name, shape),
    ])
    let error = try #require(throws: AdapterError.self) { try read(folder) }
    #expect(error.description.contains(fragment), "\(error)")
    #expect(error.description.hasPrefix("\(folder.path)/adapter_model.safetensors: "))
  }

  @Test func twoAdaptersInOneFile() throws {
    let folder = try folder(tensors: [
      ("\(Self.module).lora_A.one.weight", [4, 64]), ("\(Self.module).lora_B.two.weight", [64, 4]),
    ])
    let error = try #require(throws: AdapterError.self) { try read(folder) }
    #expect(error.description.contains("several adapters (one, two)"))
  }

  @Test func wrongShapesAndMissingHalves() throws {
    let (a, b) = ("\(Self.module).lora_A.weight", "\(Self.module).lora_B.weight")
    let cases: [([(String, [Int])], String)] = [
      ([(a, [4, 64])], "has no B factor"), ([(b, [64, 4])], "has no A factor"),
      ([(a, [4, 60]), (b, [64, 4])], "[4, 60]"), ([(a, [4, 64]), (b, [64, 3])], "[64, 3]"),
      ([(a, [4, 64]), (b, [64, 4, 1])], "[64, 4, 1]"),
      ([], "no factors"),
    ]
    for (tensors, fragment) in cases {
      let folder = try folder(tensors: tensors)
      let error = try #require(throws: AdapterError.self) { try read(folder) }
      #expect(error.description.contains(fragment), "\(error)")
    }
    let empty = try TemporaryFolder()
    #expect(throws: AdapterError.self) { try read(empty) }
  }

  /// Modules without factors stay as they are, as in PEFT; but they are told.
  @Test func halfAnAdapterIsRemarkedOn() throws {
    let folder = try folder(["target_modules": .list([.string("q_proj")])])
    let remarks = try read(folder).remarks
    #expect(remarks.count == 1)
    #expect(
      remarks.first?.contains("3 of 4 modules that the configuration names have no factors") == true
    )
    #expect(remarks.first?.contains("'model.layers.0.self_attn.q_proj'") == true)
  }

  /// What is written is read back, and refuses to replace anything.
  @Test func roundTrip() throws {
    let base = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    let network = try DecoderNetwork(
      configuration: base.configuration, base: base.checkpoint,
      training: .lora(LoRASettings(rank: 3, alpha: 6, dropout: 0.1, targets: ["all-linear"])),
      random: RandomSource(seed: 2))
    for parameter in network.parameters where parameter.name.contains("lora_B") {
      parameter.value.fill(0.25)
    }
    let target = try TemporaryFolder()
    let adapter = try #require(network.adapter(baseModel: "tiny"))
    try AdapterFile.write(adapter, for: base.configuration, to: "\(target.path)/a")
    #expect(throws: FileError.self) {
      try AdapterFile.write(adapter, for: base.configuration, to: "\(target.path)/a")
    }
    #expect(try target.names == ["a"])
    let read = try AdapterFile.read("\(target.path)/a", for: base.configuration) { _, _ in false }
    #expect(read.rank == 3 && read.alpha == 6 && read.dropout == 0.1 && read.baseModel == "tiny")
    #expect(
      read.products.map(\.name).sorted() == adapter.products.map(\.name).sorted()
        && read.products.allSatisfy { $0.scale == 2 }
        && read.targets == [
          "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
        ])
    #expect(read.factors.tensors.count == network.parameters.count)
    for parameter in network.parameters {
      let factor = try read.factors.tensor(parameter.name)
      #expect(factor.shape == parameter.value.shape && factor.values == parameter.value.values)
    }
  }
}
