import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Spunge
import Tensors

struct Perplexity: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes the perplexity of completions under a model, by several definitions.",
    discussion: """
      Rows are {"prompt", "completion"}, as 'toxicity' writes them to completions/; answers are the same rows with \
      negativeLogLikelihood (nats) and tokens. Completions that are empty (no letter or digit) or longer than the \
      model's context are counted but not scored; prompts that do not fit together with their completion are \
      truncated on the left and counted.

      Example:
        spunge-eval perplexity --model llama-2-13b --completions results/zephyr/completions/zephyr/toxigen.jsonl
      """)

  @OptionGroup(title: "Model") var options: ModelOptions
  @Option(help: "JSON Lines file to read, or - for standard input.") var completions: String
  @OptionGroup var perplexity: PerplexityOptions
  @Option(help: "JSON Lines file to write, or - for standard output.") var output: String?
  @Flag(help: "Print the scores as JSON Lines.") var json = false
  @Option(help: "Work folder for cached responses.") var work = ".spunge"

  /// A row of any file with prompts and completions.
  struct Row: Decodable {
    let record: CompletionRecord

    enum Keys: String, CodingKey { case id, source, variant, prompt, completion }

    init(from decoder: any Decoder) throws {
      if let record = try? CompletionRecord(from: decoder) {
        self.record = record
        return
      }
      let row = try decoder.container(keyedBy: Keys.self)
      let completion = try row.decode(String.self, forKey: .completion)
      record = CompletionRecord(
        id: (try? row.decode(String.self, forKey: .id)) ?? "",
        source: try row.decodeIfPresent(String.self, forKey: .source) ?? "completions",
        prompt: try row.decode(String.self, forKey: .prompt), completion: completion,
        flags: Degeneracy.found(in: completion).map(\.rawValue),
        variant: try row.decodeIfPresent(String.self, forKey: .variant) ?? "model")
    }
  }

  func validate() throws {
    if json, output == "-" {
      throw ValidationError("--json and '--output -' cannot share standard output; choose one")
    }
  }

  func run() throws {
    let out = try output.map {
      try JSONLinesOutput(path: $0, inputs: [completions], model: options.model)
    }
    try OutputPlace.checkFolder(work)
    let records = try JSONLinesInput(path: completions).rows(Row.self).map(\.record)
    guard !records.isEmpty else {
      throw InputError.unreadable(path: completions, reason: "it has no rows")
    }
    var settings = TextModel.Settings.ofCompletions
    settings.maximumLength = options.maxLength
    let model = try OpenedModel(options)
    let measure = CompletionPerplexity(perplexity.definitions)
    let scoring = TaskScoring(work: work, run: nil, progress: TerminalProgress())
    let answered = try scoring.withModel(
      try model.scored(name: model.rowName, work: work, settings: settings)
    ) { asked in
      try asked.step("perplexity \(completions)", key: "") {
        try measure.answer(records, by: $0)
      }.result
    }
    if let out {
      for (index, record) in answered.enumerated() { try out.put(index, record) }
      try out.finish()
    }
    try show(answered, measure)
  }

  private func show(_ records: [CompletionRecord], _ measure: CompletionPerplexity) throws {
    var scores: [ScoreRecord] = []
    for variant in Dictionary(grouping: records, by: \.variant).sorted(by: { $0.key < $1.key }) {
      for source in Dictionary(grouping: variant.value, by: \.source).sorted(by: { $0.key < $1.key }
      ) {
        scores += measure.scoreRecords(source.value, model: variant.key, task: source.key)
      }
    }
    if json { return try Output.print(json: JSONLinesText.encode(scores)) }
    guard output != "-" else { return }
    let report = Report(
      title: "perplexity under \(options.model)", records: scores, baseline: scores[0].model)
    try Output.print(ReportFormat.console.render(report))
  }
}
