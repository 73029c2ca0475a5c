import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@testable import Spunge

/// Adapters of every kind beside what PEFT 0.21 makes of them (Tests/Scripts/make-adapter-references.py).
@Suite struct AdapterReferenceTests {
  struct References: Decodable {
    struct Case: Decodable {
      let name: String
      let base: String
      let tensors: [String: [Int]]
      /// Parameter → sum of the change, sum of its absolute values, the change at position 7.
      let changed: [String: [Double]]
    }
    let cases: [Case]

    static func read() throws -> (References, configurations: [String: [String: Any]]) {
      let data = try Data(contentsOf: URL(filePath: Fixtures.path("adapters/references.json")))
      let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      let cases = object?["cases"] as? [[String: Any]] ?? []
      return (
        try JSONDecoder().decode(References.self, from: data),
        Dictionary(
          uniqueKeysWithValues: cases.compactMap { entry in
            guard let name = entry["name"] as? String,
              let configuration = entry["configuration"] as? [String: Any]
            else { return nil }
            return (name, configuration)
          })
      )
    }
  }

  /// The formula of the script.
  static func values(_ name: String, _ shape: [Int]) -> [Float] {
    let key = name.utf8.reduce(0) { $0 + Int($1) }
    let isPositive = name.contains("norm") || name.contains("magnitude")
    return (0..<shape.reduce(1, *)).map { index in
      let value = Float((index * 37 + key * 11) % 101 - 50) / 512
      return isPositive ? abs(value) + 0.5 : value
    }
  }

  static func base(_ kind: String, tied: Bool = false) throws -> ModelDirectory {
    let folder = try TemporaryFolder()
    try folder.write(
      "config.json",
      """
      {"architectures": ["\(kind == "llama" ? "LlamaForCausalLM" : "Qwen2ForCausalLM")"],
       "model_type": "\(kind)", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
       "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 40, "rms_norm_eps": 1e-6,
       "max_position_embeddings": 32, "tie_word_embeddings": \(tied), "hidden_act": "silu"}
      """)
    let configuration = try DecoderConfiguration(configFile: "\(folder.path)/config.json")
    let tensors = configuration.expectedTensors.map {
      ($0.name, $0.shape, values($0.name, $0.shape))
    }
    try SafetensorsWriter.write(
      MemoryCheckpoint(tensors), to: "\(folder.path)/model.safetensors"
    ) { _ in .float32 }
    let opened = try ModelDirectory.open(folder.path)
    // The folder goes with its object; the files stay mapped.
    withExtendedLifetime(folder) {}
    return opened
  }

  static func adapter(
    _ configuration: [String: Any], _ tensors: [String: [Int]]
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      "adapter_config.json",
      String(decoding: try JSONSerialization.data(withJSONObject: configuration), as: UTF8.self))
    try SafetensorsWriter.write(
      MemoryCheckpoint(
        tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value, values($0.key, $0.value)) }),
      to: "\(folder.path)/adapter_model.safetensors"
    ) { _ in .float32 }
    return folder
  }

  private func check(
    _ delta: ParameterDelta, _ base: ModelDirectory, _ changed: [String: [Double]],
    _ name: String
  ) throws {
    let model = try SumCheckpoint(base: base.checkpoint, delta: delta)
    for tensor in base.checkpoint.tensors {
      let (old, new) = (
        try base.checkpoint.tensor(tensor.name).values, try model.tensor(tensor.name).values
      )
      let difference = zip(new, old).map { Double($0) - Double($1) }
      guard let expected = changed[tensor.name] else {
        #expect(new == old, "\(name): \(tensor.name)")
        continue
      }
      let found = [
        difference.reduce(0, +), difference.reduce(0) { $0 + abs($1) },
        difference[7 % difference.count],
      ]
      for (one, other) in zip(found, expected) {
        expectClose(one, other, absolute: 1e-5 * max(1, expected[1]), "\(name): \(tensor.name)")
      }
    }
  }

  @Test func everyKindIsWhatPEFTMakesOfIt() throws {
    let (references, configurations) = try References.read()
    #expect(references.cases.count == 16)
    for entry in references.cases {
      let base = try Self.base(entry.base)
      let folder = try Self.adapter(configurations[entry.name] ?? [:], entry.tensors)
      let (delta, remarks) = try ParameterDelta.adapter(
        folder.path, name: entry.name, base: base.checkpoint, configuration: base.configuration)
      try check(delta, base, entry.changed, entry.name)
      #expect(remarks.isEmpty, "\(entry.name): \(remarks)")
    }
  }

  /// As PEFT wrote them before 0.7; the file holds the tensors of the first case.
  @Test func pickledWeights() throws {
    let (references, configurations) = try References.read()
    let folder = try Self.adapter(configurations["plain"] ?? [:], references.cases[0].tensors)
    try FileManager.default.removeItem(atPath: "\(folder.path)/adapter_model.safetensors")
    try FileManager.default.copyItem(
      atPath: Fixtures.path("adapters/adapter_model.bin"),
      toPath: "\(folder.path)/adapter_model.bin")
    let base = try Self.base("llama")
    let (delta, _) = try ParameterDelta.adapter(
      folder.path, name: "bin", base: base.checkpoint, configuration: base.configuration)
    try check(delta, base, references.cases[0].changed, "bin")
  }

  /// The same names with more or less in front of them, and with what wrappers leave.
  @Test(arguments: [
    ("base_model.model.model.", "base_model.model."), ("base_model.model.model.", ""),
    ("base_model.model.", ""), ("base_model.model.", "_orig_mod.base_model.model."),
    (".lora_A.", "._orig_mod.lora_A."),
  ])
  func prefixesOfAnyAge(from: String, to: String) throws {
    let (references, configurations) = try References.read()
    let entry = references.cases[0]
    let base = try Self.base("llama")
    let folder = try Self.adapter(configurations["plain"] ?? [:], entry.tensors)
    let file = try SafetensorsFile(path: "\(folder.path)/adapter_model.safetensors")
    let renamed = try file.tensors.map { tensor in
      (tensor.name.replacing(from, with: to), tensor.shape, try file.tensor(tensor.name).values)
    }
    let path = "\(folder.path)/adapter_model.safetensors"
    try FileManager.default.removeItem(atPath: path)
    try SafetensorsWriter.write(MemoryCheckpoint(renamed), to: path) { _ in .float32 }
    let (delta, _) = try ParameterDelta.adapter(
      folder.path, name: "renamed", base: base.checkpoint, configuration: base.configuration)
    try check(delta, base, entry.changed, "\(from) → \(to)")
  }

  @Test func anAdapterIsAModelOverItsBase() throws {
    let (references, configurations) = try References.read()
    let base = try Self.base("llama")
    let place = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: Fixtures.path("goldens/tiny-llama"), toPath: "\(place.path)/base")
    let tiny = try ModelDirectory.open("\(place.path)/base")
    // Its own base does not fit it, another one is not there.
    let folder = try Self.adapter(
      (configurations["plain"] ?? [:]).merging(
        ["base_model_name_or_path": tiny.path]) { $1 }, references.cases[0].tensors)
    let mismatch = try #require(throws: AdapterError.self) { try ModelSource.open(folder.path) }
    #expect(mismatch.description.contains("size mismatch"))
    let missing = try #require(throws: AdapterError.self) {
      try ModelSource.open(folder.path, base: "\(place.path)/nowhere")
    }
    #expect(missing == .noBase(adapter: folder.path, base: "\(place.path)/nowhere"))
    _ = base
  }

  /// A head that `modules_to_save` keeps is no longer the embeddings, as in PEFT.
  @Test(arguments: [true, false]) func aHeadOfItsOwn(withEmbeddings: Bool) throws {
    let base = try Self.base("llama", tied: true)
    let kept = ["lm_head"] + (withEmbeddings ? ["embed_tokens"] : [])
    var tensors = ["base_model.model.lm_head.weight": [40, 16]]
    if withEmbeddings { tensors["base_model.model.model.embed_tokens.weight"] = [40, 16] }
    let folder = try Self.adapter(
      [
        "peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"],
        "modules_to_save": kept, "base_model_name_or_path": base.path,
      ],
      tensors.merging([
        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": [4, 16],
        "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight": [16, 4],
      ]) { $1 })
    let (delta, _) = try ParameterDelta.adapter(
      folder.path, name: "head", base: base.checkpoint, configuration: base.configuration)
    let untied = base.untied
    let model = try untied.replacing(
      weights: SumCheckpoint(base: untied.checkpoint, delta: delta), files: [])
    let head = Self.values("base_model.model.lm_head.weight", [40, 16])
    let embedding =
      withEmbeddings
      ? Self.values("base_model.model.model.embed_tokens.weight", [40, 16])
      : try base.checkpoint.tensor(DecoderNames.embedding).values
    expectClose(try model.checkpoint.tensor(DecoderNames.head).values, head, absolute: 1e-6)
    expectClose(
      try model.checkpoint.tensor(DecoderNames.embedding).values, embedding, absolute: 1e-6)
    #expect(head != embedding && !model.configuration.tiesEmbeddings)
  }

  /// Rows of single tokens, of embeddings alone or with a head that they are.
  @Test(arguments: [true, false]) func rowsOfTokens(isTied: Bool) throws {
    let base = try Self.base("llama", tied: isTied)
    let name = "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta"
    func adapter(_ indices: Any) throws -> TemporaryFolder {
      try Self.adapter(
        [
          "peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"],
          "trainable_token_indices": indices,
        ], [name: [3, 16]])
    }
    func delta(_ folder: TemporaryFolder) throws -> ParameterDelta {
      try ParameterDelta.adapter(
        folder.path, name: "rows", base: base.checkpoint, configuration: base.configuration
      ).delta
    }
    for indices in [[7, 3, 39], ["embed_tokens": [7, 3, 39]]] as [Any] {
      let model = try SumCheckpoint(base: base.checkpoint, delta: delta(adapter(indices)))
      var expected = try base.checkpoint.tensor(DecoderNames.embedding).values
      let rows = Self.values(name, [3, 16])
      for (place, id) in [7, 3, 39].enumerated() {
        expected.replaceSubrange(id * 16..<(id + 1) * 16, with: rows[place * 16..<(place + 1) * 16])
      }
      expectClose(try model.tensor(DecoderNames.embedding).values, expected, absolute: 1e-6)
      if !isTied {
        #expect(
          try model.tensor(DecoderNames.head).values
            == base.checkpoint.tensor(DecoderNames.head).values)
      }
    }
    for wrong in [[7, 3, 40], [7, 7, 3], ["q_proj": [1, 2, 3]], "x"] as [Any] {
      let error = #expect(throws: AdapterError.self) { try delta(adapter(wrong)) }
      #expect("\(error.map { "\($0)" } ?? "")".contains("'trainable_token_indices'"))
    }
    let error = #expect(throws: AdapterError.self) { try delta(adapter([1, 2])) }
    #expect(error?.description.contains("size mismatch") == true)
  }

  @Test(arguments: ["model.embed_tokens", "lm_head"])
  func oneSideOfTiedEmbeddings(module: String) throws {
    let base = try Self.base("llama", tied: true)
    let factors =
      module == "lm_head"
      ? ["lora_A.weight": [4, 16], "lora_B.weight": [40, 4]]
      : ["lora_embedding_A": [4, 40], "lora_embedding_B": [16, 4]]
    let folder = try Self.adapter(
      [
        "peft_type": "LORA", "r": 4, "lora_alpha": 8,
        "target_modules": ["lm_head", "embed_tokens"],
      ],
      Dictionary(
        uniqueKeysWithValues: factors.map { ("base_model.model.\(module).\($0.key)", $0.value) }))
    let error = try #require(throws: AdapterError.self) {
      try ParameterDelta.adapter(
        folder.path, name: "tied", base: base.checkpoint, configuration: base.configuration)
    }
    #expect(error == .tied(path: "\(folder.path)/adapter_model.safetensors", module: module))
  }
}
