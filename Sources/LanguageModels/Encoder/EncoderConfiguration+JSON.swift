package import Formats
package import Tensors

extension EncoderConfiguration {
  package static let architecture = "RobertaForSequenceClassification"

  /// Reads a Hugging Face config.json.
  ///
  /// Fields that transformers has a default for may be absent only where the default is part of the architecture.
  /// - Throws: `FileError`, or `ModelError` with every problem.
  package init(configFile path: String) throws {
    try self.init(json: JSONFile.object(path: path), path: path)
  }

  /// Reads the object of a config.json; `path` is for messages.
  package init(json: Mapping, path: String) throws(ModelError) {
    typealias Limits = DecoderConfiguration.Limits
    var fields = ConfigurationFields(json)
    let named = fields.value("architectures")?.list?.first?.string
    guard named == Self.architecture else {
      fields.note(
        "architectures",
        (named.map { "is '\($0.shown())'" } ?? "is missing") + "; supported: \(Self.architecture)")
      throw .invalidConfiguration(path: path, problems: fields.problems)
    }
    let vocabularySize = fields.integer("vocab_size", in: Limits.vocabularySize)
    func id(_ name: String, absent: Int) -> Int {
      fields.integer(name, in: 0...max(vocabularySize - 1, 0), absent: absent)
    }
    self.init(
      hiddenSize: fields.integer("hidden_size", in: Limits.hiddenSize),
      feedForwardSize: fields.integer("intermediate_size", in: Limits.feedForwardSize),
      layerCount: fields.integer("num_hidden_layers", in: Limits.layerCount),
      headCount: fields.integer("num_attention_heads", in: Limits.headCount),
      vocabularySize: vocabularySize,
      positionCount: fields.integer("max_position_embeddings", in: Limits.positions),
      tokenTypeCount: fields.integer("type_vocab_size", in: 1...1 << 16),
      normEpsilon: fields.number("layer_norm_eps", in: Limits.normEpsilon),
      paddingID: id("pad_token_id", absent: 1), beginID: id("bos_token_id", absent: 0),
      endID: id("eos_token_id", absent: 2), labels: Self.labels(&fields))
    if hiddenSize % headCount != 0 {
      fields.note(
        "num_attention_heads",
        "is \(headCount), which does not divide 'hidden_size' \(hiddenSize)")
    }
    if maximumLength < 2 {
      fields.note(
        "max_position_embeddings",
        "is \(positionCount), which leaves no room for a text after 'pad_token_id' \(paddingID)")
    }
    problem = Self.problem(&fields)
    if problem == .singleLabel, labels.count == 1 {
      fields.note(
        "problem_type", "is 'single_label_classification', which needs two labels or more")
    }
    Self.refuseUnsupported(&fields)
    guard fields.problems.isEmpty else {
      throw .invalidConfiguration(path: path, problems: fields.problems)
    }
  }

  /// The names of `id2label`; LABEL_0, LABEL_1, … where there is none, two unless `num_labels` says otherwise.
  private static func labels(_ fields: inout ConfigurationFields) -> [String] {
    let count = 1...1 << 16
    guard let value = fields.value("id2label") else {
      return (0..<fields.integer("num_labels", in: count, absent: 2)).map { "LABEL_\($0)" }
    }
    let object = value.mapping ?? Mapping()
    let names = (0..<object.count).compactMap { object["\($0)"]?.string }
    guard names.count == object.count, count.contains(names.count) else {
      fields.note(
        "id2label",
        "is \(value.shownText); supported: names keyed \"0\", \"1\", …")
      return []
    }
    let stated = fields.integer("num_labels", in: count, absent: names.count)
    if stated != names.count {
      fields.note("num_labels", "is \(stated), but 'id2label' names \(names.count)")
    }
    return names
  }

  private static func problem(_ fields: inout ConfigurationFields) -> Problem? {
    guard let name = fields.string("problem_type") else { return nil }
    let problem = Problem(rawValue: name)
    if problem == nil {
      fields.note(
        "problem_type",
        "is '\(name.shown())'; supported: "
          + Problem.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return problem
  }

  private static func refuseUnsupported(_ fields: inout ConfigurationFields) {
    let supported = [
      ("hidden_act", "gelu"), ("position_embedding_type", "absolute"),
      ("model_type", "roberta"),
    ]
    for (field, only) in supported {
      if let value = fields.string(field), value != only {
        fields.note(field, "is '\(value.shown())'; supported: \(only)")
      }
    }
    for field in ["is_decoder", "add_cross_attention"] where fields.bool(field) {
      fields.note(field, "is true; supported: false")
    }
    if fields.value("quantization_config") != nil {
      fields.note(
        "quantization_config", "is set; quantised weights are not supported, give the original")
    }
  }

  /// The configuration as a config.json that transformers reads, for weights stored as `format`.
  package func json(format: FloatFormat) -> Mapping {
    var (names, ids) = (Mapping(), Mapping())
    for (index, label) in labels.enumerated() {
      names["\(index)"] = .string(label)
      ids[label] = .integer(index)
    }
    var json: Mapping = [
      "architectures": .list([.string(Self.architecture)]),
      "model_type": .string("roberta"),
      "hidden_size": .integer(hiddenSize),
      "intermediate_size": .integer(feedForwardSize),
      "num_hidden_layers": .integer(layerCount),
      "num_attention_heads": .integer(headCount),
      "vocab_size": .integer(vocabularySize),
      "max_position_embeddings": .integer(positionCount),
      "type_vocab_size": .integer(tokenTypeCount),
      "layer_norm_eps": .float(normEpsilon),
      "hidden_act": .string("gelu"),
      "pad_token_id": .integer(paddingID),
      "bos_token_id": .integer(beginID),
      "eos_token_id": .integer(endID),
      "id2label": .mapping(names),
      "label2id": .mapping(ids),
      "torch_dtype": .string(format.torchName),
    ]
    if let problem { json["problem_type"] = .string(problem.rawValue) }
    return json
  }
}
