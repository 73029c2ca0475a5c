import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct AdapterTests {
  private func configuration() throws -> LlamaConfiguration {
    try ModelDirectory.open(Fixtures.path("goldens/tiny-llama")).configuration
  }

  /// An adapter folder as PEFT writes it, with other fields and tensors where a test wants them.
  private func folder(
    fields: String = "", tensors: [(String, [Int])]? = nil, rank: Int = 4
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let module = "base_model.model.model.layers.1.self_attn.q_proj"
    let chosen =
      tensors ?? [
        ("\(module).lora_A.weight", [rank, 64]), ("\(module).lora_B.weight", [64, rank]),
      ]
    try folder.write(
      "adapter_config.json",
      """
      {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"], "bias": "none",
       "lora_bias": false, "loftq_config": {}, "megatron_core": "megatron.core" \(fields)}
      """)
    try SafetensorsWriter.write(
      MemoryCheckpoint(
        chosen.map { name, shape in
          let count = shape.reduce(1, *)
          return (name, shape, (0..<count).map { Float($0 % 7) - 3 })
        }), to: "\(folder.path)/adapter_model.safetensors"
    ) { _ in .float32 }
    return folder
  }

  @Test func deltaIsTheScaledProduct() throws {
    let folder = try folder()
    let adapter = try AdapterFile.read(folder.path, for: configuration())
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

  /// The scale follows each projection's own rank, as under a `rank_pattern`.
  @Test func rankPatterns() throws {
    let folder = try folder(fields: #", "rank_pattern": {"q_proj": 2}"#, rank: 2)
    let adapter = try AdapterFile.read(folder.path, for: configuration())
    #expect(adapter.products.map(\.scale) == [4])
    let stabilised = try self.folder(fields: #", "use_rslora": true"#)
    #expect(
      try AdapterFile.read(stabilised.path, for: configuration()).products.map(\.scale) == [4])
  }

  @Test(arguments: [
    (#", "use_dora": true"#, "use_dora"), (#", "bias": "all""#, "bias"),
    (#", "modules_to_save": ["lm_head"]"#, "modules_to_save"),
    (#", "alpha_pattern": {"q_proj": 3}"#, "alpha_pattern"),
    (#", "init_lora_weights": "pissa""#, "init_lora_weights"),
    (#", "fan_in_fan_out": true"#, "fan_in_fan_out"),
    (#", "invented_tomorrow": 3"#, "invented_tomorrow"),
    (#", "lora_alpha": "big""#, "lora_alpha"), (#", "r": 0"#, "r"),
  ])
  func refusedByName(field: String, name: String) throws {
    // A later duplicate would be invalid JSON, so the original goes.
    let folder = try folder()
    let path = "\(folder.path)/adapter_config.json"
    var text = try String(contentsOfFile: path, encoding: .utf8)
    for original in [#", "bias": "none""#, #" "r": 4,"#, #" "lora_alpha": 8,"#]
    where original.contains("\"\(name)\"") {
      text = text.replacingOccurrences(of: original, with: "")
    }
    text = text.replacingOccurrences(of: " }", with: "}")
      .replacingOccurrences(of: #""megatron.core""#, with: #""megatron.core""# + field)
    try folder.write("adapter_config.json", text)
    let error = try #require(throws: AdapterError.self) {
      try AdapterFile.read(folder.path, for: configuration())
    }
    #expect(error.description.contains("'\(name)'"), "\(error)")
  }

  @Test(arguments: [
    ("base_model.model.model.layers.1.self_attn.q_proj.lora_magnitude_vector", [64]),
    ("base_model.model.lm_head.lora_A.weight", [4, 64]),
    ("base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight", [4, 64]),
  ])
  func otherTensors(name: String, shape: [Int]) throws {
    let folder = try folder(tensors: [(name, shape)])
    let error = try #require(throws: AdapterError.self) {
      try AdapterFile.read(folder.path, for: configuration())
    }
    #expect(error.description.contains(name))
  }

  @Test func wrongShapesAndMissingHalves() throws {
    let module = "base_model.model.model.layers.0.mlp.up_proj"
    let cases: [([(String, [Int])], String)] = [
      ([("\(module).lora_A.weight", [4, 64])], "lora_B"),
      ([("\(module).lora_B.weight", [128, 4])], "lora_A"),
      ([("\(module).lora_A.weight", [4, 60]), ("\(module).lora_B.weight", [128, 4])], "[4, 60]"),
      (
        [("\(module).lora_A.weight", [4, 64]), ("\(module).lora_B.weight", [128, 3])], "[128, 3]"
      ),
      ([], "no factors"),
    ]
    for (tensors, fragment) in cases {
      let folder = try folder(tensors: tensors)
      let error = try #require(throws: AdapterError.self) {
        try AdapterFile.read(folder.path, for: configuration())
      }
      #expect(error.description.contains(fragment), "\(error)")
    }
    let empty = try TemporaryFolder()
    #expect(throws: AdapterError.self) {
      try AdapterFile.read(empty.path, for: configuration())
    }
  }

  /// What is written is read back, and refuses to replace anything.
  @Test func roundTrip() throws {
    let base = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    let network = try LlamaNetwork(
      configuration: base.configuration, base: base.checkpoint,
      training: .lora(LoRASettings(rank: 3, alpha: 6, dropout: 0.1, targets: ["all-linear"])),
      random: RandomSource(seed: 2))
    for parameter in network.parameters where parameter.name.contains("lora_B") {
      parameter.value.fill(0.25)
    }
    let target = try TemporaryFolder()
    let adapter = try #require(network.adapter(baseModel: "tiny"))
    try AdapterFile.write(adapter, to: "\(target.path)/a")
    #expect(throws: FileError.self) { try AdapterFile.write(adapter, to: "\(target.path)/a") }
    #expect(try target.names == ["a"])
    let read = try AdapterFile.read("\(target.path)/a", for: base.configuration)
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
