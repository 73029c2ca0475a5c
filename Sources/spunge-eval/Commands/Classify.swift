import ArgumentParser
import Evaluation
import LanguageModels
import Spunge
import Tensors

struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Classifies texts with a RoBERTa model, as JSON Lines.",
    discussion: """
      Rows are {"text"} or {"ids"} (including <s> and </s>); answers are {"label", "logits", "probabilities"} in \
      input order, with "truncated_tokens" if a text was too long. Single-label and multi-label models give an \
      independent probability for each label, regression models none.

      Example:
        echo '{"text": "Have a nice day."}' | spunge-eval classify --model toxigen-roberta
      """)

  @Option(help: ArgumentHelp("Hugging Face folder.", valueName: "path"))
  var model: String
  @Option(help: "Compute dtype of matrix multiplications.") var dtype: ComputeType = .float32
  @OptionGroup var engine: EngineOptions
  @Option(help: "Maximum tokens per batch (does not change results).") var batchTokens: Int = 1024
  @Option(help: "Threads (default: all processors).") var threads: Int?
  @Option(help: "JSON Lines file to read, or - for standard input.") var input = "-"
  @Option(help: "JSON Lines file to write, or - for standard output.") var output = "-"

  struct Row: Decodable {
    let text: String?
    let ids: [Int32]?

    enum Keys: String, CodingKey { case text, ids }

    init(from decoder: any Decoder) throws {
      let row = try decoder.container(keyedBy: Keys.self)
      text = try row.decodeIfPresent(String.self, forKey: .text)
      ids = try row.decodeIfPresent([Int32].self, forKey: .ids)
      guard (text == nil) != (ids == nil) else {
        throw InputError.Reason(text: "needs either 'text' or 'ids'")
      }
    }
  }

  struct Answer: Encodable {
    let label: String
    let logits: [Float]
    /// Nil for regression models.
    let probabilities: [Double]?
    var truncated_tokens: Int?
  }

  func validate() throws {
    try OptionRange.check("--batch-tokens", batchTokens, OptionRange.batchTokens)
    try OptionRange.check("--threads", threads, OptionRange.threads)
  }

  func run() throws {
    if let threads { ThreadCount.set(threads) }
    let out = try JSONLinesOutput(path: output, inputs: [input], model: model)
    let directory = try ClassifierDirectory.open(model)
    let rows = try JSONLinesInput(path: input).rows(Row.self)
    let classifier = try EncoderTextClassifier(
      directory, engine: engine.engine, compute: ComputeOptions(dtype, batchTokens: batchTokens))
    if rows.contains(where: { $0.text != nil }) {
      try classifier.tokenizerNotes.forEach(Notice.print)
    }
    let texts = try rows.map { row in
      try row.text.map(classifier.encode) ?? EncoderText(tokens: row.ids ?? [])
    }
    try classifier.classify(texts) { index, answer in
      let best = answer.logits.indices.max { answer.logits[$0] < answer.logits[$1] } ?? 0
      try out.put(
        index,
        Answer(
          label: classifier.labels[best], logits: answer.logits,
          probabilities: answer.probabilities.isEmpty ? nil : answer.probabilities,
          truncated_tokens: answer.truncatedTokens > 0 ? answer.truncatedTokens : nil))
    }
    try out.finish()
  }
}
