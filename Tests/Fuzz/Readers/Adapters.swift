/// PEFT adapters.
extension Reader {
  static func adapters() -> [Reader] { [adapterConfiguration, adapterWeights] }

  private static let commands = [
    command(
      "merge --method task_arithmetic --base model --part adapter --output "
        + "../out/merged")
  ]

  private static let names = [
    "adapter_config.json", "adapter_model.safetensors", "adapter:", "adapter ",
  ]

  static let adapterFiles: @Sendable () throws -> Files = {
    var files = MicroModel().files()
    var random = Random(reader: "adapter", seed: 0)
    let module = "base_model.model.model.layers.0."
    let tensors: [(name: String, shape: [Int])] = [
      ("self_attn.q_proj.lora_A", [2, 8]), ("self_attn.q_proj.lora_B", [8, 2]),
      ("mlp.down_proj.lora_A", [2, 12]),
      ("mlp.down_proj.lora_B", [8, 2]),
    ].map { (module + $0.0 + ".weight", $0.1) }
    files["adapter/adapter_model.safetensors"] = Safetensors(tensors, &random).bytes
    files[text: "adapter/adapter_config.json"] = """
      {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 2, "lora_alpha": 4, "lora_dropout": 0.0,
       "target_modules": ["q_proj", "down_proj"], "bias": "none", "fan_in_fan_out": false, "modules_to_save": null,
       "use_rslora": false, "use_dora": false, "rank_pattern": {}, "alpha_pattern": {}, "init_lora_weights": true,
       "inference_mode": true, "base_model_name_or_path": "model", "layers_to_transform": null}
      """
    return files
  }

  private static var adapterConfiguration: Reader {
    Reader(
      name: "adapter-config", names: names, commands: commands, original: adapterFiles,
      spoil: { files, random in
        let path = "adapter/adapter_config.json"
        if random.oneIn(6) { return Bytes.spoil(&files[path], &random) }
        var tree = try Tree(json: files[path])
        TreeSpoiler(words: [
          "q_proj", "k_proj", "lm_head", "all-linear", ".*", "layers_pattern", "DORA", "lora_only",
        ])
        .spoil(&tree, &random)
        files[text: path] = tree.json
      }, statuses: [3])
  }

  private static var adapterWeights: Reader {
    Reader(
      name: "adapter-weights", names: names, commands: commands, original: adapterFiles,
      spoil: { files, random in
        try Safetensors.spoil(&files["adapter/adapter_model.safetensors"], &random)
      },
      statuses: [3])
  }
}
