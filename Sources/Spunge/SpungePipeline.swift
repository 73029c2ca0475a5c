package import Evaluation
import Foundation
package import LanguageModels
package import Reporting
package import Tensors

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

  /// - Parameter openClassifier: makes the classifier in a folder ready.
  /// - Throws: `TaskError`.
  package init(
    _ experiment: Experiment, tasks index: TaskIndex, paths: Paths, context: RunContext,
    openClassifier: @escaping (String) throws -> any TextClassifier = ClassifierFolder.open
  ) throws {
    self.experiment = experiment
    self.paths = paths
    self.context = context
    self.openClassifier = openClassifier
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
    let evaluators = try evaluators(
      PromptFit(
        try base.tokenizer(), base.directory.configuration,
        settings: LlamaEvaluatedModel.Settings()))
    let toxicity = try toxicity(directory, book)
    let data = try unlearningData(base, book)
    _ = try check(data, base)
    let unlearning = UnlearningStage(self, base: base, retain: data.retain, book: book)
    let scoring = TaskScoring(work: paths.work, run: directory, progress: context.progress)
    var samples: [String: [SampleRecord]] = [:]
    var scores: [ScoreRecord] = []
    for variant in experiment.scoring.variants {
      let weights =
        switch variant {
        case .base: base.weights
        case .monolithic: try unlearning.unlearn(data.parts, name: "union")
        case .spunge: try unlearning.merge(data.parts)
        case .control: try unlearning.merge(data.random)
        }
      let row = variant.rowName(unlearning: experiment.unlearning.card.name)
      var completed: Manifest.Step?
      let results = try scoring.score(
        model(row, try weights.scaled(by: experiment.scoring.scale), base), on: evaluators
      ) { asked in
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
    if let toxicity {
      try finish(toxicity, scoring, book)
      scores += toxicity.scores
      samples.merge(toxicity.samples, uniquingKeysWith: +)
    }
    let report = try table(scores, samples, directory, book)
    return Outcome(scores: scores, samples: samples, notes: book.warnings, report: report)
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
      try book.add(
        try toxicity.judge(
          try JudgedTexts(
            work: paths.work,
            identity: try FileDigests(work: paths.work, progress: context.progress)
              .digest(of: classifier.expanded),
            progress: context.progress
          ) { try openClassifier(classifier.expanded) }))
    }
    if toxicity.asksCompletions, let fluency = toxicity.fluency {
      try noteInputs([fluency.model], role: "perplexity", book)
      let model = try ScoredModel(
        name: "perplexity", path: fluency.model.expanded,
        computeType: experiment.scoring.computeType, settings: .ofCompletions, work: paths.work)
      _ = try scoring.score(model, on: []) { try book.add(try toxicity.measure($0)) }
    }
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

  func model(_ row: String, _ weights: Weights, _ base: BaseModel) -> ScoredModel {
    let type = experiment.scoring.computeType
    let settings = LlamaEvaluatedModel.Settings()
    return ScoredModel(
      name: row,
      identity: AnswerCache.Identity(
        model: weights.digest, computeType: type.rawValue, profile: settings.profile.rawValue)
    ) { answers, progress in
      LlamaEvaluatedModel(
        configuration: base.directory.configuration, tokenizer: try base.tokenizer(),
        settings: settings, answers: answers, progress: progress
      ) {
        try LlamaInference(
          configuration: base.directory.configuration, checkpoint: weights.checkpoint,
          computeType: type)
      }
    }
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

/// A model's weights and a digest of everything they depend on.
package struct Weights {
  package var checkpoint: any Checkpoint
  package var digest: String
  /// What was changed; `nil` for the base.
  package var delta: ParameterDelta?
  /// What it was changed from; `nil` for the base.
  var base: (any Checkpoint)?

  /// The base plus `factor` times what was changed.
  func scaled(by factor: Double) throws -> Weights {
    guard factor != 1, let base, let delta else { return self }
    let scaled = ParameterDelta(
      name: delta.name, checkpoint: ScaledCheckpoint(delta.checkpoint, by: Float(factor)))
    let sum = try SumCheckpoint(base: base, delta: scaled)
    try sum.checkAllFinite()
    return Weights(checkpoint: sum, digest: "\(digest)*\(factor)", delta: scaled, base: base)
  }
}

/// The model that everything starts from.
package struct BaseModel {
  package let directory: ModelDirectory
  package let digest: String
  package let tokenizer: () throws -> any Tokenizer

  var weights: Weights { Weights(checkpoint: directory.checkpoint, digest: digest) }
}
