package import Formats
import PythonText

extension TaskFile {
  /// The harness's order of keys, and what it writes for those that a file leaves out; the others
  /// appear only if they are given.
  private static let configurationKeys: [(key: String, standard: Value?)] = [
    ("task", nil), ("task_alias", nil), ("custom_dataset", nil), ("dataset_path", nil),
    ("dataset_name", nil), ("dataset_kwargs", nil), ("training_split", nil),
    ("validation_split", nil), ("test_split", nil), ("fewshot_split", nil), ("process_docs", nil),
    ("doc_to_text", nil), ("doc_to_target", nil), ("doc_to_image", nil), ("doc_to_audio", nil),
    ("unsafe_code", .bool(false)), ("doc_to_choice", nil), ("process_results", nil),
    ("use_prompt", nil), ("description", .string("")), ("target_delimiter", .string(" ")),
    ("fewshot_delimiter", .string("\n\n")), ("fewshot_config", nil), ("num_fewshot", nil),
    ("metric_list", nil), ("output_type", .string("generate_until")), ("generation_kwargs", nil),
    ("repeats", .integer(1)), ("filter_list", nil), ("should_decontaminate", .bool(false)),
    ("doc_to_decontamination_query", nil), ("gen_prefix", nil), ("metadata", nil),
  ]

  /// Keys of `fewshot_config` in the harness's order, and the task's key that each falls back to.
  private static let fewShotKeys: [(key: String, fallback: String?)] = [
    ("sampler", nil), ("split", "fewshot_split"), ("process_docs", "process_docs"),
    ("fewshot_indices", nil), ("samples", nil), ("doc_to_text", "doc_to_text"),
    ("doc_to_choice", "doc_to_choice"), ("doc_to_target", "doc_to_target"),
    ("gen_prefix", "gen_prefix"), ("fewshot_delimiter", "fewshot_delimiter"),
    ("target_delimiter", "target_delimiter"),
  ]

  /// The resolved task as the harness writes it under `configs` of its results: every setting that
  /// has a value, with the harness's defaults.
  ///
  /// - Parameter metadata: what is added to the file's own `metadata`.
  package func configuration(
    fewShot: Int, metadata: [(String, Value)] = []
  ) -> Mapping {
    var result = Mapping()
    for (key, standard) in Self.configurationKeys {
      let value: Value? =
        switch key {
        case "fewshot_config": .mapping(fewShotConfiguration)
        case "num_fewshot": .integer(fewShot)
        case "generation_kwargs": generationArguments.map { .mapping($0) }
        case "metadata": .mapping(metadataWith(metadata))
        default: self[key]?.value ?? standard
        }
      result[.string(key)] = value
    }
    return result
  }

  /// `metadata.version` with the type it has in the file; `Yaml` where there is none, as the harness
  /// says.
  package var writtenVersion: Value {
    self["metadata"]?.value.mappingValue?["version"] ?? .string("Yaml")
  }

  private func metadataWith(_ more: [(String, Value)]) -> Mapping {
    var metadata = self["metadata"]?.value.mappingValue ?? Mapping()
    for (key, value) in more { metadata[.string(key)] = value }
    return metadata
  }

  private var fewShotConfiguration: Mapping {
    let written = self["fewshot_config"]?.value.mappingValue ?? Mapping()
    var result = Mapping()
    for (key, fallback) in Self.fewShotKeys {
      let standard = Self.configurationKeys.first { $0.key == fallback }?.standard
      let inherited = fallback.flatMap { self[$0]?.value } ?? standard
      result[.string(key)] =
        written[key] ?? inherited ?? (key == "sampler" ? .string("default") : .none)
    }
    return result
  }

  /// `generation_kwargs` with what the harness adds; `nil` for tasks that do not generate and give
  /// none.
  package var generationArguments: Mapping? {
    let stop = self["fewshot_delimiter"]?.value ?? .string("\n\n")
    guard var arguments = self["generation_kwargs"]?.value.mappingValue else {
      guard self["output_type"]?.scalar?.text ?? "generate_until" == "generate_until" else {
        return nil
      }
      return Mapping([
        ("temperature", .float(0)), ("do_sample", .bool(false)), ("max_gen_toks", .integer(256)),
        ("until", .list([stop])),
      ])
    }
    if let temperature = arguments["temperature"]?.doubleValue {
      arguments[.string("temperature")] = .float(temperature)
    }
    if arguments["until"] == nil { arguments[.string("until")] = .list([stop]) }
    return arguments
  }
}
