import ArgumentParser
import Evaluation
import LanguageModels
import Spunge
import Tensors

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generates greedy continuations, as JSON Lines.",
    discussion: """
      Rows are {"prompt"} or {"prompt_ids"}; answers are {"ids", "text"} in input order. The text is null if \
      prompts are ids and the model has no tokenizer.

      Example:
        echo '{"prompt": "Once upon a time"}' |
          spunge-eval generate --model model.gguf --max-tokens 32
      """)

  @OptionGroup var options: ModelOptions
  @Option(help: "JSON Lines file to read, or - for standard input.") var input = "-"
  @Option(help: "JSON Lines file to write, or - for standard output.") var output = "-"
  @Option(name: [.long, .customLong("max-new-tokens")], help: "Maximum number of new tokens.")
  var maxTokens = 128
  @Option(help: "Stop sequence, not part of the output; may be repeated.") var stop: [String] = []
  @Flag(help: "Continue past the end-of-sequence token.") var ignoreEnd = false

  struct Row: Decodable {
    let prompt: String?
    let ids: [Int32]?

    enum Keys: String, CodingKey {
      case prompt
      case ids = "prompt_ids"
    }

    init(from decoder: any Decoder) throws {
      let row = try decoder.container(keyedBy: Keys.self)
      ids = try row.decodeIfPresent([Int32].self, forKey: .ids)
      prompt = ids == nil ? try row.decode(String.self, forKey: .prompt) : nil
      if let ids, ids.isEmpty { throw InputError.Reason(text: "prompt_ids must not be empty") }
    }
  }

  struct Answer: Encodable {
    let ids: [Int32]
    let text: String?
  }

  func validate() throws {
    try OptionRange.check("--max-tokens", maxTokens, OptionRange.tokens)
  }

  func run() throws {
    let out = try JSONLinesOutput(path: output, inputs: [input], model: options.model)
    let directory = try options.open()
    let rows = try JSONLinesInput(path: input).rows(Row.self)
    let needsText = rows.contains { $0.prompt != nil } || !stop.isEmpty
    let tokenizer =
      needsText
      ? try TokenizerLoader.load(directory) : try? TokenizerLoader.load(directory)
    tokenizer?.notes.forEach(Notice.print)
    let model = try options.causalLM(directory)
    let tasks = try rows.enumerated().map { index, row in
      try task(row, tokenizer, directory.configuration, line: index + 1)
    }
    let decode = { (ids: [Int32]) in try tokenizer?.decode(ids.map { Int($0) }, skipSpecial: true) }
    try model.generate(
      tasks,
      shouldStop: { _, ids in
        guard !stop.isEmpty else { return false }
        // Undecodable ids end the completion here; receiving it reports the error.
        guard let text = try? decode(ids) else { return true }
        return stop.contains { !$0.isEmpty && text.contains($0) }
      },
      receive: { index, ids in
        try out.put(
          index,
          Answer(ids: ids, text: try decode(ids).map { TextModel.cut($0, at: stop) }))
      })
    try out.finish()
  }

  private func task(
    _ row: Row, _ tokenizer: (any Tokenizer)?, _ configuration: DecoderConfiguration, line: Int
  ) throws -> GenerationTask {
    let limit = min(options.maxLength ?? .max, configuration.contextLength)
    var prompt = row.ids ?? []
    if let text = row.prompt, let tokenizer {
      prompt = try tokenizer.encode(text, addSpecial: tokenizer.addsBegin).map { Int32($0) }
      if prompt.isEmpty, let begin = tokenizer.beginID ?? tokenizer.endID {
        prompt = [Int32(begin)]
      }
    }
    try TokenRange.check(prompt, configuration, row: line)
    guard !prompt.isEmpty, prompt.count < limit else {
      throw InputError.row(
        path: input, line: line,
        reason: "the prompt has \(prompt.count) tokens; it must have 1 to \(limit - 1)")
    }
    let ends = configuration.stopIDs + [tokenizer?.endID].compactMap { $0 }
    return GenerationTask(
      prompt: prompt, maximumTokens: min(maxTokens, limit - prompt.count),
      endIDs: ignoreEnd ? [] : Set(ends.map { Int32($0) }))
  }
}
