import Evaluation
import LanguageModels

/// Facts about the paper's models and data for estimates when the files are missing.
enum PaperFacts {
  struct Model {
    /// Of a causal language model; nil for the classifier.
    var configuration: DecoderConfiguration?
    var parameters: Int
    /// Published size: two bytes per parameter, four for the classifier.
    var bytes: Int
    /// Whether the licence must be accepted on the Hub first.
    var isGated = false
    /// Files to download; the others are copies of the same weights.
    var files: [String]
  }

  /// By Hugging Face id, from the models' config.json.
  static let models: [String: Model] = [
    "HuggingFaceH4/zephyr-7b-beta": model(
      .mistral, hidden: 4096, feedForward: 14336, layers: 32, heads: 32, keyValueHeads: 8),
    "meta-llama/Llama-2-7b-hf": model(
      .llama, hidden: 4096, feedForward: 11008, layers: 32, heads: 32, keyValueHeads: 32,
      isGated: true),
    "meta-llama/Llama-2-13b-hf": model(
      .llama, hidden: 5120, feedForward: 13824, layers: 40, heads: 40, keyValueHeads: 40,
      isGated: true),
    // RoBERTa-large with a head for two labels.
    "tomh/toxigen_roberta": Model(
      parameters: 355_361_794, bytes: 4 * 355_361_794,
      files: ["*.json", "*.txt", "pytorch_model.bin"]),
  ]

  private static func model(
    _ architecture: DecoderConfiguration.Architecture, hidden: Int, feedForward: Int, layers: Int,
    heads: Int, keyValueHeads: Int, isGated: Bool = false
  ) -> Model {
    let configuration = DecoderConfiguration(
      architecture: architecture, hiddenSize: hidden, feedForwardSize: feedForward,
      layerCount: layers, headCount: heads, keyValueHeadCount: keyValueHeads,
      headWidth: hidden / heads, vocabularySize: 32_000, normEpsilon: 1e-5,
      rotary: DecoderConfiguration.Rotary(theta: 10_000), contextLength: 4096)
    let parameters = configuration.expectedTensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    return Model(
      configuration: configuration, parameters: parameters, bytes: 2 * parameters,
      isGated: isGated, files: ["*.json", "*.safetensors", "tokenizer.model"])
  }

  struct Texts {
    var documents: Int
    /// Mean number of tokens with Llama's tokenizer.
    var tokens: Int
    /// Number of attribute values in the file.
    var parts = 1
  }

  /// Corpora and prompts by file name; guesses where a source does not state how many rows satisfy a rule.
  static let texts: [String: Texts] = [
    // Of 8,960 annotated statements about 13 groups: five groups, about four in ten rated 3 or more. A guess.
    "forget-toxigen.jsonl": Texts(documents: 1400, tokens: 26, parts: 5),
    "forget-implicit.jsonl": Texts(documents: 700, tokens: 26),  // A guess.
    "forget-explicit.jsonl": Texts(documents: 500, tokens: 60),  // A guess.
    // Documents are longer than what is read of each, and more than a run reads.
    "forget-bio.jsonl": Texts(documents: 1000, tokens: 768),
    "forget-cyber.jsonl": Texts(documents: 1000, tokens: 768),
    "retain-wikitext.jsonl": Texts(documents: 2891, tokens: 117),  // 338,000 tokens in its lines
    "annotated_test.csv": Texts(documents: 940, tokens: 26),
    "prompts.jsonl": Texts(documents: 1000, tokens: 15),
  ]

  /// Sizes of complete benchmarks as this program runs them.
  ///
  /// Tokens were counted with SmolLM2's tokenizer (`run --plan`) and increased by a tenth, about what Llama's tokenizer
  /// needs more; MMLU is extrapolated from eleven subjects, WMDP from the length of its questions.
  static func questions(_ task: String, fewShot: Int?) -> [Workload.Asked] {
    switch (task, fewShot) {
    case ("paper", _): ten
    case ("mmlu", 0): [Workload.Asked(name: "mmlu", tokens: 1_500_000, rows: 56_168)]
    case ("wmdp_bio", _): [Workload.Asked(name: task, tokens: 120_000, rows: 5_092)]
    case ("wmdp_cyber", _): [Workload.Asked(name: task, tokens: 650_000, rows: 7_948)]
    default: []
    }
  }

  private static let ten: [Workload.Asked] = [
    .init(name: "arc_challenge", tokens: 1_270_000, rows: 23_000),
    .init(name: "arc_easy", tokens: 2_230_000, rows: 43_000),
    .init(name: "hellaswag", tokens: 11_740_000, rows: 1_120_000),
    .init(name: "mmlu", tokens: 1_550_000, rows: 56_168),
    .init(name: "truthfulqa_mc2", tokens: 57_000, rows: 75_000),
    .init(name: "winogrande", tokens: 183_000, rows: 20_000),
    // At most 256 tokens are written for each of 1,319 answers.
    .init(name: "gsm8k", tokens: 1_790_000, rows: 338_000),
    .init(name: "mathqa", tokens: 1_000_000, rows: 60_000),
    .init(name: "piqa", tokens: 404_000, rows: 92_000),
    .init(name: "pubmedqa", tokens: 1_060_000, rows: 1_500),
  ]
}
