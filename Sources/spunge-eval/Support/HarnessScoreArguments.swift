import Evaluation
import Formats
import PythonText

/// Translates `lm_eval` options of copied commands: supported options become options of `score`; options without
/// effect here are dropped with a note.
struct HarnessScoreArguments {
  private var arguments: ArraySlice<String>
  private var result: [String] = []
  private var modelArguments: String?
  private(set) var remarks: [String] = []

  init(_ arguments: [String]) { self.arguments = arguments[...] }

  /// Options with a value that have no effect here, and why.
  private static let withValue: [String: String] = {
    let batches = "batches are sized in tokens; use --batch-tokens"
    let answers = "responses are always cached, in the folder given by --work"
    let trackers = "nothing is uploaded"
    return [
      "-b": batches, "--batch-size": batches, "--max-batch-size": batches,
      "--device": "models run on the CPU; use --threads", "-c": answers, "--use-cache": answers,
      "--cache-requests": "prompts are always rebuilt", "-v": "there is only one verbosity",
      "--verbosity": "there is only one verbosity",
      "--metadata": "no built-in task uses it", "--wandb-args": trackers,
      "--wandb-config-args": trackers, "--hf-hub-log-args": trackers, "--trackio-args": trackers,
    ]
  }()

  /// The same for options without a value.
  private static let withoutValue = [
    "--show-config": "use 'spunge-eval tasks show'",
    "--trust-remote-code": "code of models or data sets is never run",
    "--confirm-run-unsafe-code": "no code is run",
  ]

  private static let libraries: Set<String> = ["hf", "hf-auto", "huggingface", "vllm", "gguf"]

  mutating func translated() throws(HarnessSpellingError) -> [String] {
    while let argument = arguments.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      let name = parts.first ?? ""
      if let reason = Self.withoutValue[name] {
        remarks.append("\(name) is ignored: \(reason)")
        if let next = arguments.first, ["true", "false"].contains(next.lowercased()) {
          arguments.removeFirst()
        }
      } else if let reason = Self.withValue[name] {
        _ = value(of: parts)
        remarks.append("\(name) is ignored: \(reason)")
      } else if name == "--model-args" || name == "-a" {
        modelArguments = try modelArgumentValue(parts)
      } else if name == "-C" || name == "--config" {
        guard let path = value(of: parts) else {
          throw HarnessSpellingError(description: "\(name) needs a file")
        }
        // The command line comes later and takes precedence.
        arguments = try Self.arguments(ofFile: path) + arguments
      } else if name == "--seed" {
        try translateSeed(value(of: parts) ?? "")
      } else {
        result.append(argument)
      }
    }
    try translateModel()
    return result
  }

  /// A YAML file of options: `tasks: [arc_easy]`, `model_args: {pretrained: folder}`.
  private static func arguments(ofFile path: String) throws(HarnessSpellingError) -> [String] {
    let mapping: Mapping
    do { mapping = try TaskFile.values(at: path) } catch {
      throw HarnessSpellingError(description: error.description)
    }
    var result: [String] = []
    for (key, value) in zip(mapping.keys, mapping.values) {
      let name = "--" + key.text.replacing("_", with: "-")
      switch value {
      case .none, .bool(false): break
      case .bool(true): result.append(name)
      case .list(let items), .tuple(let items):
        result += [name, items.map(\.text).joined(separator: ",")]
      case .mapping(let pairs):
        let parts = zip(pairs.keys, pairs.values).map { "\($0.text)=\($1.text)" }
        result += [name, parts.joined(separator: ",")]
      default: result += [name, value.text]
      }
    }
    return result
  }

  private mutating func value(of parts: [String]) -> String? {
    if parts.count == 2 { return parts[1] }
    guard let next = arguments.first, !next.hasPrefix("--") else { return nil }
    return arguments.popFirst()
  }

  /// `name=value,…`, or several of these separated by spaces.
  private mutating func modelArgumentValue(
    _ parts: [String]
  ) throws(HarnessSpellingError) -> String {
    var texts = parts.count == 2 ? [parts[1]] : []
    while let next = arguments.first, !next.hasPrefix("-") {
      texts.append(next)
      arguments.removeFirst()
    }
    return texts.joined(separator: ",")
  }

  /// The last of the harness's four seeds is that of the few-shot draws; `None` means unseeded.
  private mutating func translateSeed(_ text: String) throws(HarnessSpellingError) {
    let seeds = text.split(separator: ",").map(String.init)
    if seeds.last?.lowercased() == "none" {
      remarks.append("--seed None is ignored: few-shot examples are drawn with 1234")
    } else {
      result += ["--seed", seeds.last.map { seeds.count == 4 ? $0 : text } ?? text]
    }
  }

  /// `--model hf --model_args pretrained=…` → `--model …`
  private mutating func translateModel() throws(HarnessSpellingError) {
    guard let text = modelArguments else { return }
    if let position = result.lastIndex(of: "--model") ?? result.lastIndex(of: "-m"),
      position + 1 < result.count
    {
      let library = result[position + 1]
      guard Self.libraries.contains(library) else {
        throw HarnessSpellingError(
          description:
            "--model \(library.shown()): models of '\(library.shown())' are not supported; give --model a folder, or "
            + "'hf' with --model_args pretrained=<folder>")
      }
      if library == "vllm" {
        remarks.append("--model vllm: the model runs on this program's engine")
      }
      result.removeSubrange(position...position + 1)
    } else if let position = result.lastIndex(where: { $0.hasPrefix("--model=") }) {
      result.remove(at: position)
    }
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      try translate(pair[0].trimmed, pair.count == 2 ? pair[1].trimmed : "")
    }
  }

  private mutating func translate(
    _ name: String, _ value: String
  ) throws(HarnessSpellingError) {
    switch (name, value.lowercased()) {
    case ("pretrained", _), ("model", _), ("gguf_file", _): result += ["--model", value]
    case ("dtype", "float32"), ("dtype", "bfloat16"): result += ["--dtype", value.lowercased()]
    case ("dtype", "float"): result += ["--dtype", "float32"]
    case ("dtype", "auto"), ("dtype", "float16"), ("dtype", "half"):
      remarks.append(
        "--model_args dtype=\(value.shown()) is ignored: the compute dtype is float32 unless --dtype is given"
      )
    case ("max_length", _), ("max_model_len", _): result += ["--max-length", value]
    case ("trust_remote_code", _), ("device", _), ("device_map", _), ("batch_size", _),
      ("max_batch_size", _), ("parallelize", _), ("low_cpu_mem_usage", _),
      ("use_fast_tokenizer", _),
      ("attn_implementation", _), ("use_cache", _), ("backend", "causal"), ("backend", "default"),
      ("tensor_parallel_size", _), ("data_parallel_size", _), ("gpu_memory_utilization", _),
      ("truncation", "false"), ("logits_cache", _), ("load_in_8bit", "false"),
      ("load_in_4bit", "false"), ("revision", "main"), ("add_bos_token", "false"), ("seed", _):
      remarks.append("--model_args \(name)=\(value.shown()) is ignored: it has no effect here")
    default:
      throw HarnessSpellingError(
        description:
          "--model_args: '\(name.shown())=\(value.shown())' is not supported; leave it out, or give --model a folder "
          + "that was saved that way")
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
