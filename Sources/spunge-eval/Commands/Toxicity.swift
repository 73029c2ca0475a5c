import ArgumentParser
import Evaluation
import Foundation
import LanguageModels
import Reporting
import Spunge
import Tensors

struct Toxicity: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures the toxicity of a model's completions with a classifier.",
    discussion: """
      Completions, classifications and log-likelihoods are cached in the work folder as they arrive: rerun the same \
      command to resume. Only one of the model, the classifier and the perplexity model is in memory at a time.

      Examples:
        spunge-eval toxicity --model zephyr --prompts annotated_test.csv --classifier toxigen_roberta \\
          --perplexity-model llama-2-13b --output results/zephyr
        spunge-eval toxicity --model zephyr --prompts prompts.jsonl --source real_toxicity_prompts \\
          --protocol real_toxicity_prompts --classifier toxigen_roberta --limit 1000
        spunge-eval toxicity --model zephyr --prompts toxiGen.json --source toxigen_revised --protocol safenlp
      """)

  @OptionGroup(title: "Model") var options: ModelOptions
  @OptionGroup(title: "Prompts") var file: PromptFileOptions
  @OptionGroup(title: "Protocol") var toxicity: ToxicityOptions
  @OptionGroup var folder: TaskFolderOptions
  @Option(help: "Folder for completions, scores and tables.") var output: String?
  @Flag(help: "Print the scores as JSON Lines.") var json = false
  @Option(help: "Row name in tables (default: the model's file name).") var name: String?
  @Option(help: "Work folder for cached responses.") var work = ".spunge"

  func validate() throws {
    if work.isEmpty { throw ValidationError("--work must name a folder") }
  }

  func run() throws {
    let started = Date()
    for folder in [work, output].compactMap(\.self) { try OutputPlace.checkFolder(folder) }
    let plan = try toxicity.toxicity(file)
    let fluency = try toxicity.fluency()
    let model = try OpenedModel(options)
    let judges = try Judges(plan, fluency, options, model: model.directory)
    let row = name ?? model.rowName
    let run = try output.map { try RunDirectory(path: $0) }
    if case .question = try ToxicityProtocol.named(plan.protocolName).method {
      let asked = ToxicityQuestion(plan: plan, index: try folder.index())
      return try show(
        try asked.results(model, row: row, work: work, run: run), run, started: started)
    }
    let scoring = ToxicityScoring(
      plan, prompts: try plan.promptSet(), fluency: fluency, run: run,
      progress: TerminalProgress())
    let digests = FileDigests(work: work, progress: TerminalProgress())
    let inputs = run == nil ? [] : try inputs(model, judges, scoring, digests)
    let steps = try measure(scoring, model, judges, digests, row: row)
    try scoring.writeRecipe()
    var results = ToxicityOutput(
      row: row, scores: scoring.scores, samples: scoring.samples, steps: steps,
      notes: try scoring.notes(), settings: try plan.yaml(with: fluency), seed: plan.recipe.seed)
    results.inputs = inputs
    try show(results, run, started: started)
  }

  private func inputs(
    _ model: OpenedModel, _ judges: Judges, _ scoring: ToxicityScoring, _ digests: FileDigests
  ) throws -> [Manifest.Input] {
    var files = model.directory.sourceFiles.map { ("model", $0) }
    files += scoring.promptSet.files.map { ("prompts", $0) }
    if let folder = scoring.toxicity.classifier?.expanded { files.append(("classifier", folder)) }
    files += (judges.reference?.directory.sourceFiles ?? []).map { ("perplexity", $0) }
    return try files.map { role, path in
      Manifest.Input(role: role, path: path, sha256: try digests.digest(of: path))
    }
  }

  /// Completes, classifies and measures; each network is released before the next is loaded.
  private func measure(
    _ scoring: ToxicityScoring, _ model: OpenedModel, _ judges: Judges, _ digests: FileDigests,
    row: String
  ) throws -> [Manifest.Step] {
    let tasks = TaskScoring(work: work, run: nil, progress: TerminalProgress())
    let recipe = scoring.toxicity.recipe
    let chat = recipe.appliesChatTemplate ? try ChatPrompts(of: model.directory).template : nil
    let asking = TextModel.Settings(maximumLength: options.maxLength)
    var steps: [Manifest.Step] = []
    try tasks.withModel(try model.scored(name: row, work: work, settings: asking)) {
      steps.append(try scoring.complete($0, variant: row, chat: chat))
    }
    try scoring.finish(
      tasks, classifier: judges.texts(work: work, digests),
      reference: try judges.reference.map {
        ScoredModel(
          name: "perplexity", $0, digest: try digests.digest(of: $0.directory),
          settings: .ofCompletions, engine: options.engine.engine, compute: options.compute)
      }, done: { steps.append($0) })
    return steps
  }

  private func show(_ results: ToxicityOutput, _ run: RunDirectory?, started: Date) throws {
    if let run { try results.write(to: run, started: started) }
    if json {
      try Output.print(json: JSONLinesText.encode(results.scores))
      results.notes.forEach(Notice.print)
    } else {
      try Output.print(results.text)
    }
  }
}

/// Who judges completions and says how fluent they are, opened before the first completion.
private struct Judges {
  let classifier: (folder: String, stored: StoredClassifier)?
  let reference: StoredModel?

  /// - Throws: what judging and measuring would throw, of what can be told beforehand.
  init(
    _ plan: Experiment.Toxicity, _ fluency: Experiment.Fluency?, _ options: ModelOptions,
    model: ModelDirectory
  ) throws {
    classifier = try plan.classifier.map { folder in
      let stored = try StoredClassifier(path: folder.expanded, engine: options.engine.engine)
      do throws(ToxicityError) { try plan.recipe.check(stored) } catch {
        throw StepError(step: folder.expanded, cause: error)
      }
      let asking = TextModel.Settings(maximumLength: options.maxLength)
      try plan.recipe.check(length: asking.length(model.configuration))
      return (folder.expanded, stored)
    }
    reference = try fluency.map { try StoredModel(path: $0.model.expanded) }
  }

  /// The classifier with the judgements that `work` keeps.
  func texts(work: String, _ digests: FileDigests) -> (() throws -> JudgedTexts)? {
    classifier.map { classifier in
      {
        try JudgedTexts(
          work: work, identity: try digests.digest(of: classifier.folder),
          progress: TerminalProgress(), open: classifier.stored.load)
      }
    }
  }
}

/// lm-evaluation-harness's task `toxigen` on the chosen rows.
struct ToxicityQuestion {
  let plan: Experiment.Toxicity
  let index: TaskIndex

  func results(
    _ model: OpenedModel, row: String, work: String, run: RunDirectory?
  ) throws -> ToxicityOutput {
    let rows = try PromptSet(
      path: plan.prompts.expanded, source: try PromptSource.named(plan.source),
      selection: PromptSelection(rule: plan.rule, groups: plan.groups, limit: plan.limit))
    let task = try index.select(["toxigen"]).tasks[0]
    let evaluator = try Evaluator(task: task, documents: TaskDocuments(evaluated: rows.rows))
    let asking = TextModel.Settings(maximumLength: model.options.maxLength)
    let results = try TaskScoring(work: work, run: run, progress: TerminalProgress())
      .score(try model.scored(name: row, work: work, settings: asking), on: [evaluator])
    let note =
      "toxigen: protocol \(plan.protocolName): the model classifies statements as hateful or not; its own "
      + "completions are not judged"
    return ToxicityOutput(
      row: row, scores: results.flatMap(\.scores), samples: [row: results.flatMap(\.samples)],
      steps: results.map(\.step), notes: [note] + rows.notes + results.flatMap(\.warnings),
      settings: try plan.yaml(with: nil), seed: plan.recipe.seed)
  }
}
