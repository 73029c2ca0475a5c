import Formats
import LanguageModels
import Tensors
import Testing

@Suite struct EncoderConfigurationTests {
  private static let base: Mapping = [
    "architectures": .list([.string("RobertaForSequenceClassification")]),
    "model_type": .string("roberta"), "hidden_size": .integer(24),
    "intermediate_size": .integer(20), "num_hidden_layers": .integer(2),
    "num_attention_heads": .integer(3), "vocab_size": .integer(40),
    "max_position_embeddings": .integer(22), "type_vocab_size": .integer(1),
    "layer_norm_eps": .float(1e-12), "hidden_act": .string("gelu"),
    "pad_token_id": .integer(1), "bos_token_id": .integer(0), "eos_token_id": .integer(2),
    "id2label": .mapping(["0": .string("calm"), "1": .string("loud"), "2": .string("rude")]),
  ]

  /// `base` with some fields changed.
  private func configuration(_ changes: [String: Value]) throws -> EncoderConfiguration {
    var object = Self.base
    for (field, value) in changes { object[field] = value }
    return try EncoderConfiguration(json: object, path: "config.json")
  }

  @Test func fields() throws {
    let read = try configuration([:])
    #expect(
      read
        == EncoderConfiguration(
          hiddenSize: 24, feedForwardSize: 20, layerCount: 2, headCount: 3, vocabularySize: 40,
          positionCount: 22, normEpsilon: 1e-12, labels: ["calm", "loud", "rude"]))
    #expect(read.maximumLength == 20)
    #expect(read.headWidth == 8)
    let written = try EncoderConfiguration(json: read.json(format: .float32), path: "config.json")
    #expect(written == read)
    #expect(try configuration(["id2label": .null]).labels == ["LABEL_0", "LABEL_1"])
    #expect(try configuration(["id2label": .null, "num_labels": .integer(4)]).labels.count == 4)
  }

  /// As transformers' text-classification pipeline chooses between softmax, sigmoid and nothing.
  @Test(arguments: [
    (Value.null, 3, EncoderConfiguration.Outcome.shares), (.null, 1, .probabilities),
    (.string("single_label_classification"), 3, .shares),
    (.string("multi_label_classification"), 3, .probabilities),
    (.string("regression"), 1, .values), (.string("regression"), 3, .values),
  ])
  func outcome(problem: Value, labels: Int, expected: EncoderConfiguration.Outcome) throws {
    let read = try configuration([
      "problem_type": problem, "id2label": .null, "num_labels": .integer(labels),
    ])
    #expect(read.labels.count == labels)
    #expect(read.outcome == expected)
    let written = try EncoderConfiguration(json: read.json(format: .float32), path: "config.json")
    #expect(written == read)
  }

  @Test(arguments: [
    ("architectures", Value.list([.string("BertForSequenceClassification")])),
    ("hidden_act", .string("gelu_new")), ("num_attention_heads", .integer(5)),
    ("max_position_embeddings", .integer(3)), ("pad_token_id", .integer(40)),
    ("problem_type", .string("guessing")), ("is_decoder", .bool(true)),
    ("num_labels", .integer(2)), ("id2label", .mapping(["1": .string("only")])),
    ("position_embedding_type", .string("relative_key")), ("hidden_size", .integer(-1)),
    ("layer_norm_eps", .string("small")),
  ])
  func wrongFieldIsNamed(field: String, value: Value) {
    let error = #expect(throws: ModelError.self) { try configuration([field: value]) }
    #expect(error?.description.contains("'\(field)'") == true, "\(error?.description ?? "")")
  }

  @Test func oneLabelIsNoSingleLabelAmongOthers() {
    let error = #expect(throws: ModelError.self) {
      try configuration([
        "problem_type": .string("single_label_classification"), "id2label": .null,
        "num_labels": .integer(1),
      ])
    }
    #expect(error?.description.contains("'problem_type' is") == true)
  }

  @Test func missingFieldIsNamed() {
    let error = #expect(throws: ModelError.self) { try configuration(["vocab_size": .null]) }
    #expect(error?.description.contains("'vocab_size' is missing") == true)
  }
}
