import Formats
import ArgumentParser
import Evaluation
import LanguageModels
import Spunge

struct LogLikelihood: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loglikelihood",
    abstract: "Computes log-likelihoods of continuations, as JSON Lines.",
    discussion: """
      Rows are {"context", "continuation"} or {"context_ids", "continuation_ids"}; answers are {"loglikelihood", \
      "is_greedy", "tokens"} in input order, in nats.

      Example:
        echo '{"context": "The sky is", "continuation": " blue"}' |
          spunge-eval loglikelihood --model model.gguf --dtype float32
      """)

  @OptionGroup var options: ModelOptions
  @Option(help: "JSON Lines file to read, or - for standard input.") var input = "-"
  @Option(help: "JSON Lines file to write, or - for standard output.") var output = "-"

  struct Row: Decodable {
    enum Question {
      case text(LogLikelihoodRequest)
      case ids(ScoringRequest)
    }
    let question: Question

    enum Keys: String, CodingKey {
      case context, continuation
      case contextIDs = "context_ids"
      case continuationIDs = "continuation_ids"
    }

    init(from decoder: any Decoder) throws {
      let row = try decoder.container(keyedBy: Keys.self)
      if row.contains(.continuationIDs) {
        let context = try row.decode([Int32].self, forKey: .contextIDs)
        let continuation = try row.decode([Int32].self, forKey: .continuationIDs)
        guard !context.isEmpty, !continuation.isEmpty else {
          throw InputError.Reason(text: "context_ids and continuation_ids must not be empty")
        }
        question = .ids(ScoringRequest(tokens: context + continuation, scored: continuation.count))
      } else {
        question = .text(
          LogLikelihoodRequest(
            context: try row.decode(String.self, forKey: .context),
            continuation: try row.decode(String.self, forKey: .continuation)))
      }
    }
  }

  struct Answer: Encodable {
    let loglikelihood: Double
    let is_greedy: Bool
    let tokens: Int
    var truncated_tokens: Int?
  }

  func run() throws {
    let out = try JSONLinesOutput(path: output, inputs: [input], model: options.model)
    let directory = try options.open()
    let rows = try JSONLinesInput(path: input).rows(Row.self)
    let model = try options.causalLM(directory)
    do {
      try scoreIDs(rows, model, directory.configuration, out)
      try scoreTexts(rows, model, directory, out)
    } catch let error as ScoreError {
      throw StepError(step: input, cause: error)
    }
    try out.finish()
  }

  private func scoreIDs(
    _ rows: [Row], _ model: any CausalLM, _ configuration: DecoderConfiguration,
    _ out: JSONLinesOutput
  ) throws {
    var requests: [ScoringRequest] = []
    var places: [Int] = []
    var cut: [Int] = []
    let limit = min(options.maxLength ?? .max, configuration.contextLength)
    for (place, row) in rows.enumerated() {
      guard case .ids(let request) = row.question else { continue }
      try TokenRange.check(request.tokens, configuration, row: place + 1)
      guard request.scored <= limit else {
        throw ScoreError.continuationTooLong(tokens: request.scored, limit: limit)
      }
      requests.append(
        ScoringRequest(tokens: Array(request.tokens.suffix(limit + 1)), scored: request.scored))
      places.append(place)
      cut.append(max(0, request.tokens.count - limit - 1))
    }
    _ = try model.score(requests) { index, answer in
      guard answer.logLikelihood.isFinite else {
        try model.requireFiniteWeights()
        throw InputError.row(
          path: input, line: places[index] + 1,
          reason: "model: \(options.model.shown()): "
            + "\(ScoreError.notFinite(logLikelihood: answer.logLikelihood))")
      }
      try out.put(
        places[index],
        Answer(
          loglikelihood: answer.logLikelihood, is_greedy: answer.isGreedy,
          tokens: requests[index].scored,
          truncated_tokens: cut[index] > 0 ? cut[index] : nil))
    }
  }

  private func scoreTexts(
    _ rows: [Row], _ model: any CausalLM, _ directory: ModelDirectory, _ out: JSONLinesOutput
  ) throws {
    let texts = rows.enumerated().compactMap { place, row in
      if case .text(let request) = row.question { (place, request) } else { nil }
    }
    guard !texts.isEmpty else { return }
    let tokenizer = try TokenizerLoader.load(directory)
    tokenizer.notes.forEach(Notice.print)
    let evaluated = TextModel(
      configuration: directory.configuration, tokenizer: tokenizer,
      settings: .init(maximumLength: options.maxLength), model: model)
    try evaluated.logLikelihoods(texts.map(\.1)) { index, answer in
      try out.put(
        texts[index].0,
        Answer(
          loglikelihood: answer.logLikelihood, is_greedy: answer.isGreedy, tokens: answer.tokens,
          truncated_tokens: answer.truncatedTokens > 0 ? answer.truncatedTokens : nil))
    }
  }
}
