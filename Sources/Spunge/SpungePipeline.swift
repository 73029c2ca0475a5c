package import Evaluation
import Foundation
import LanguageModels
package import Reporting
import Tensors

/// SPUNGE, Kadhe et al. 2024, algorithm 1: split the forget data by attribute, unlearn every part from the same
/// base, merge, score, table.
///
/// Every step leaves its result under a key of what it was made from; a second run takes up there.
package struct SpungePipeline {
  let experiment: Experiment
  let tasks: [(EvaluationTask, Experiment.TaskChoice)]
  /// Groups among what is scored; they get columns of their own.
  let groups: [TaskGroup]
  let paths: Paths
  let context: RunContext
  let openClassifier: (String) throws -> any TextClassifier
  /// The labels of the classifier in a folder, which can then be opened and judge text.
  let checkClassifier: (String) throws -> [String]

  /// Folders that a run reads and writes.
  package struct Paths {
    /// Data sets; nil when only Hugging Face's cache has them.
    package var data: String?
    /// Results, for people.
    package var results: String
    /// Deltas and unfinished work.
    package var work: String

    package init(data: String?, results: String, work: String) {
      self.data = data
      self.results = results
      self.work = work
    }
  }

  /// - Parameter openClassifier: makes the classifier in a folder ready; the context's engine by default.
  /// - Throws: `TaskError`.
  package init(
    _ experiment: Experiment, tasks index: TaskIndex, paths: Paths, context: RunContext,
    openClassifier: ((String) throws -> any TextClassifier)? = nil
  ) throws {
    self.experiment = experiment
    self.paths = paths
    self.context = context
    self.openClassifier =
      openClassifier ?? { try ClassifierFolder.open($0, engine: context.engine) }
    checkClassifier =
      openClassifier.map { open in { try open($0).labels } } ?? ClassifierFolder.check
    let chosen = try experiment.scoring.tasks.map { (try index.select([$0.name]), $0) }
    tasks = chosen.flatMap { selection, choice in selection.tasks.map { ($0, choice) } }
    groups = chosen.flatMap(\.0.groups)
  }

  /// What a run found out.
  package struct Outcome {
    /// Of all variants, demographic groups included.
    package var scores: [ScoreRecord]
    /// Variant → its answered documents.
    package var samples: [String: [SampleRecord]]
    /// What a reader should know.
    package var notes: [String]
    /// The comparison that was written to the results folder.
    package var report: Report
  }

  /// Runs everything that has not been done yet.
  /// - Returns: the comparison that was written to the results folder.
  package func run() throws -> Report { try outcome().report }

  /// As `run`, with the numbers behind the comparison.
  package func outcome() throws -> Outcome {
    let directory = try RunDirectory(path: paths.results, patience: context.patience)
    let book = try RunBook(experiment, directory, context)
    do {
      let outcome = try run(directory, book)
      try book.finish()
      return outcome
    } catch {
      try? book.fail("\(error)")
      throw error
    }
  }

  private func run(_ directory: RunDirectory, _ book: RunBook) throws -> Outcome {
    let base = try base(book)
    for note in try base.tokenizer().notes { try book.warn(note) }
    let evaluators = try evaluators(fit(try base.tokenizer(), base.directory))
    let toxicity = try toxicity(directory, book)
    try checkScoring(base)
    let data = try unlearningData(base, book)
    let planned = try check(data, base)
    let unlearning = UnlearningStage(self, base: base, retain: data.retain, book: book)
    let scoring = TaskScoring(work: paths.work, run: directory, progress: context.progress)
    var samples: [String: [SampleRecord]] = [:]
    var scores: [ScoreRecord] = []
    var sources: [Experiment.Variant: Weights] = [:]
    for variant in experiment.scored {
      let runs = planned[variant.source, default: []]
      let source =
        switch (sources[variant.source], variant.source) {
        case (let made?, _): made
        case (nil, .base): base.weights
        case (nil, .monolithic): try unlearning.unlearn(runs[0])
        case (nil, .spunge), (nil, .control): try unlearning.merge(runs)
        }
      sources[variant.source] = source
      let row = variant.name
      var completed: Manifest.Step?
      let weights = try variant.apply(to: source, of: base.directory.configuration)
      let model = ScoredModel(
        name: row, base.directory, digest: weights.digest, tokenizer: base.tokenizer,
        weights: weights.checkpoint, settings: .init(), engine: context.engine,
        compute: ComputeOptions(experiment.scoring.computeType))
      let results = try scoring.score(model, on: evaluators) { asked in
        completed = try toxicity?.complete(asked, variant: row, chat: chatTemplate(base))
      }
      for result in results {
        samples[row, default: []] += result.samples
        scores += result.scores
        try book.add(result.step, warnings: result.warnings)
      }
      if let completed { try book.add(completed) }
    }
    scores += GroupScores.records(for: groups, from: scores)
    scores += try forgetting(samples, book)
    if let toxicity {
      try finish(toxicity, scoring, book)
      scores += toxicity.scores
      samples.merge(toxicity.samples, uniquingKeysWith: +)
    }
    let report = try table(scores, samples, directory, book)
    return Outcome(scores: scores, samples: samples, notes: book.warnings, report: report)
  }

  /// What benchmarks of forgetting make of the answers to several tasks.
  private func forgetting(
    _ samples: [String: [SampleRecord]], _ book: RunBook
  ) throws -> [ScoreRecord] {
    var reference: ForgettingReference?
    if let file = experiment.table.reference {
      try noteInputs([file], role: "reference", book)
      reference = try ForgettingReference(path: file.expanded)
    }
    return ForgettingEvaluation.all(
      samples, models: experiment.scored.map(\.name)
    ) { _ in reference }.flatMap(\.scoreRecords)
  }

  // MARK: Toxicity

  /// What is to be completed; its prompts are read before anything is computed.
  private func toxicity(_ directory: RunDirectory, _ book: RunBook) throws -> ToxicityScoring? {
    guard let toxicity = experiment.scoring.toxicity else { return nil }
    let scoring = try ToxicityScoring(
      toxicity, fluency: experiment.scoring.fluency, run: directory, progress: context.progress)
    let files = scoring.promptSet.files.map(toxicity.prompts.naming)
    try noteInputs(files, role: "prompts", book)
    return scoring
  }

  func chatTemplate(_ base: BaseModel) throws -> ChatTemplate? {
    guard experiment.scoring.toxicity?.recipe.appliesChatTemplate == true else { return nil }
    return try ChatPrompts(of: base.directory).template
  }

  /// Judges what all variants wrote; one model is in memory at a time.
  private func finish(
    _ toxicity: ToxicityScoring, _ scoring: TaskScoring, _ book: RunBook
  ) throws {
    if let classifier = toxicity.toxicity.classifier {
      try noteInputs([classifier], role: "classifier", book)
    }
    if toxicity.asksCompletions, let fluency = toxicity.fluency {
      try noteInputs([fluency.model], role: "perplexity", book)
    }
    try toxicity.finish(
      scoring, classifier: { try judgedTexts($0) },
      reference: {
        try ScoredModel(
          name: "perplexity", path: $0.model.expanded, settings: .ofCompletions,
          engine: context.engine, compute: ComputeOptions(experiment.scoring.computeType),
          work: paths.work)
      }, done: { try book.add($0) })
    let forget = experiment.forget.map(\.written)
    for note in try toxicity.notes(forget: forget) { try book.warn(note) }
    try toxicity.writeRecipe(forget: forget)
  }

  /// The questions of every task; all tasks are loaded before anything is computed.
  ///
  /// - Parameter fit: few-shot examples are left out of prompts that do not.
  func evaluators(_ fit: PromptFit) throws -> [Evaluator] {
    try tasks.map { task, choice in
      let settings = EvaluationSettings(limit: choice.limit, fewShot: choice.fewShot)
      let documents = try TaskDocuments.load(task, root: paths.data, settings: settings)
      return try Evaluator(task: task, documents: documents, settings: settings) {
        fit.fits(context: $0, continuations: $1, newTokens: $2)
      }
    }
  }

  /// Whether a prompt fits the base model.
  func fit(_ tokenizer: any Tokenizer, _ model: ModelDirectory) -> PromptFit {
    PromptFit(tokenizer, model.configuration, settings: TextModel.Settings())
  }

  private func judgedTexts(_ folder: String) throws -> JudgedTexts {
    try JudgedTexts(
      work: paths.work,
      identity: try FileDigests(work: paths.work, progress: context.progress).digest(of: folder),
      progress: context.progress
    ) { try openClassifier(folder) }
  }

  private func table(
    _ scores: [ScoreRecord], _ samples: [String: [SampleRecord]], _ directory: RunDirectory,
    _ book: RunBook
  ) throws -> Report {
    try WholeFile.write(try JSONLinesText.encode(scores), to: directory.scoresFile)
    let report = Report(
      title: experiment.name, records: scores.filter { $0.group == nil }, samples: samples,
      baseline: experiment.table.baseline.rowName(unlearning: experiment.unlearning.card.name),
      notes: book.warnings, seed: experiment.seed)
    try ReportFiles.write(report, formats: experiment.table.formats, to: directory.path)
    try ReportFiles.writeDemographics(scores, to: directory.path)
    return report
  }
}
