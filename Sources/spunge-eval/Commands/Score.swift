import ArgumentParser
import Evaluation
import Foundation
import LanguageModels
import Reporting
import Spunge
import Tensors

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Scores a model on tasks.",
    discussion: """
      Answers are kept in the work folder as they are given; the same command takes up where it was.

      Example:
        spunge-eval score --model model.gguf --tasks arc_easy,piqa --limit 200 --data ~/data
      """)

  @OptionGroup var options: ModelOptions
  @Option(help: "Tasks, groups or tags, separated by commas.") var tasks: String
  @OptionGroup var folder: TaskFolderOptions
  @OptionGroup var data: DataOptions
  @Option(help: "Documents of each task (default: all).") var limit: Int?
  @Option(help: "Few-shot examples (default: the tasks' own).") var numFewshot: Int?
  @Option(help: "Seed of the few-shot draws.") var seed: UInt64 = 1234
  @Option(help: "Row name in tables.") var name: String?
  @Option(help: "Folder for samples, scores and tables.") var output: String?
  @Option(help: "Folder for answers given so far.") var work = ".spunge"
  @Flag(help: "Print the scores as JSON Lines.") var json = false

  func run() throws {
    let index = try folder.index()
    let settings = EvaluationSettings(limit: limit, fewShot: numFewshot, seed: seed)
    let root = try data.root()
    let evaluators = try index.select([tasks]).tasks.map { task in
      try Evaluator(
        task: task, documents: try TaskDocuments.load(task, root: root, settings: settings),
        settings: settings)
    }
    let directory = try options.open()
    let digests = FileDigests(work: work)
    let digest = try directory.sourceFiles.map(digests.digest).joined(separator: "+")
    let row = name ?? URL(fileURLWithPath: options.model).deletingPathExtension().lastPathComponent
    let progress = TerminalProgress()
    let asking = LlamaEvaluatedModel.Settings(maximumLength: options.maxLength, seed: seed)
    let model = ScoredModel(
      name: row,
      identity: AnswerCache.Identity(
        model: digest, computeType: options.dtype.rawValue, profile: asking.profile.rawValue)
    ) { answers, progress in
      LlamaEvaluatedModel(
        configuration: directory.configuration, tokenizer: try TokenizerLoader.load(directory),
        settings: asking, answers: answers, progress: progress
      ) { try options.inference(directory) }
    }
    let run = try output.map { try RunDirectory(path: $0) }
    let results = try TaskScoring(work: work, run: run, progress: progress)
      .score(model, on: evaluators)
    try show(results, row: row, run: run)
  }

  private func show(_ results: [TaskScoring.Result], row: String, run: RunDirectory?) throws {
    let scores = results.flatMap(\.scores)
    let report = Report(
      title: row, records: scores, samples: [row: results.flatMap(\.samples)], baseline: row,
      notes: results.flatMap(\.warnings))
    if let run {
      try WholeFile.write(try JSONLinesText.encode(scores), to: run.scoresFile)
      try ReportFiles.write(
        report, formats: ReportFormat.all.filter { $0.fileName != nil }.map(\.name), to: run.path)
    }
    print(json ? try JSONLinesText.encode(scores) : ReportFormat.console.render(report))
  }
}
