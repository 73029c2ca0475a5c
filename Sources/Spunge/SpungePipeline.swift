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
  let openClassifier: (String) throws -> StoredClassifier

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

  /// - Parameter openClassifier: opens the classifier in a folder; for the context's engine by default.
  /// - Throws: `TaskError`.
  package init(
    _ experiment: Experiment, tasks index: TaskIndex, paths: Paths, context: RunContext,
    openClassifier: ((String) throws -> StoredClassifier)? = nil
  ) throws {
    self.experiment = experiment
    self.paths = paths
    self.context = context
    self.openClassifier =
      openClassifier ?? { try StoredClassifier(path: $0, engine: context.engine) }
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
  ///
  /// - Parameter plan: this experiment's, where it has been made.
  package func outcome(_ plan: Plan? = nil) throws -> Outcome {
    let directory = try RunDirectory(path: paths.results, patience: context.patience)
    let book = try RunBook(experiment, directory, context)
    do {
      let outcome = try run(try plan ?? Planner().plan(self), directory, book)
      try book.finish()
      return outcome
    } catch {
      try? book.fail("\(error)")
      throw error
    }
  }

  private func run(_ plan: Plan, _ directory: RunDirectory, _ book: RunBook) throws -> Outcome {
    let (inputs, base) = (plan.inputs, plan.inputs.base)
    try base.requireFinite()
    for recipe in experiment.scored where recipe.model != nil {
      try inputs.model(recipe).requireFinite()
    }
    try book.note(plan, context.digests)
    let toxicity = experiment.scoring.toxicity.flatMap { toxicity in
      inputs.prompts.map {
        ToxicityScoring(
          toxicity, prompts: $0, fluency: experiment.scoring.fluency, run: directory,
          progress: context.progress)
      }
    }
    let unlearning = try UnlearningStage(self, base: base, book: book)
    let scoring = TaskScoring(work: paths.work, run: directory, progress: context.progress)
    var samples: [String: [SampleRecord]] = [:]
    var scores: [ScoreRecord] = []
    var sources: [Experiment.Variant: Weights] = [:]
    let transforms = TransformStage(self, book: book)
    for recipe in experiment.scored {
      let start = inputs.model(recipe)
      let source: Weights
      if let variant = recipe.variant {
        source =
          try sources[variant]
          ?? unlearning.weights(variant, plan.unlearning[variant, default: []])
        sources[variant] = source
      } else {
        source = Weights(
          checkpoint: start.directory.checkpoint,
          digest: try context.digests.digest(of: start.directory))
      }
      let row = recipe.name
      var completed: Manifest.Step?
      let weights = try transforms.apply(
        plan.transforms[row, default: []], to: source, row: row)
      let model = ScoredModel(
        name: row, start, digest: weights.digest, weights: weights.checkpoint, settings: .init(),
        engine: context.engine, compute: ComputeOptions(experiment.scoring.computeType))
      let results = try scoring.score(model, on: inputs.evaluators) { asked in
        completed = try toxicity?.complete(asked, variant: row, chat: inputs.chat)
      }
      for result in results {
        samples[row, default: []] += result.samples
        scores += result.scores
        try book.add(result.step, warnings: result.warnings)
      }
      if let completed { try book.add(completed) }
    }
    scores += GroupScores.records(for: groups, from: scores)
    scores += try forgetting(samples, inputs, book)
    if let toxicity {
      try finish(toxicity, inputs, scoring, book)
      scores += toxicity.scores
      samples.merge(toxicity.samples, uniquingKeysWith: +)
    }
    let report = try table(scores, samples, try plan.attacks(), directory, book)
    return Outcome(scores: scores, samples: samples, notes: book.warnings, report: report)
  }

  /// What benchmarks of forgetting make of the answers to several tasks.
  private func forgetting(
    _ samples: [String: [SampleRecord]], _ inputs: RunInputs, _ book: RunBook
  ) throws -> [ScoreRecord] {
    if let file = experiment.table.reference {
      try book.note(file, role: "reference", context.digests)
    }
    return ForgettingEvaluation.all(
      samples, models: experiment.scored.map(\.name)
    ) { benchmark in
      inputs.forgetting
        ?? experiment.referenceRow.map {
          ForgettingReference(
            ForgettingEvaluation(
              benchmark, model: $0, samples: samples[$0] ?? [], reference: nil))
        }
    }.flatMap(\.scoreRecords)
  }

  /// Judges what all variants wrote; one model is in memory at a time.
  private func finish(
    _ toxicity: ToxicityScoring, _ inputs: RunInputs, _ scoring: TaskScoring, _ book: RunBook
  ) throws {
    var classifier: (() throws -> JudgedTexts)?
    if let judge = inputs.judge, let folder = toxicity.toxicity.classifier {
      let digest = try book.note(folder, role: "classifier", context.digests)
      classifier = {
        try JudgedTexts(
          work: paths.work, identity: digest, progress: context.progress, open: judge.load)
      }
    }
    var reference: ScoredModel?
    if let model = inputs.reference, let fluency = toxicity.fluency {
      try book.note(fluency.model, role: "perplexity", context.digests)
      reference = ScoredModel(
        name: "perplexity", model, digest: try context.digests.digest(of: model.directory),
        settings: .ofCompletions, engine: context.engine,
        compute: ComputeOptions(experiment.scoring.computeType))
    }
    try toxicity.finish(
      scoring, classifier: classifier, reference: reference, done: { try book.add($0) })
    let forget = experiment.forget.map(\.written)
    for note in try toxicity.notes(forget: forget) { try book.warn(note) }
    try toxicity.writeRecipe(forget: forget)
  }

  /// The questions of every task.
  ///
  /// - Parameter base: few-shot examples are left out of prompts that do not fit it.
  func evaluators(_ base: StoredModel) throws -> [Evaluator] {
    let fit = PromptFit(
      base.tokenizer, base.directory.configuration, settings: TextModel.Settings())
    return try tasks.map { task, choice in
      let settings = EvaluationSettings(limit: choice.limit, fewShot: choice.fewShot)
      let documents = try TaskDocuments.load(task, root: paths.data, settings: settings)
      return try Evaluator(task: task, documents: documents, settings: settings) {
        fit.fits(context: $0, continuations: $1, newTokens: $2)
      }
    }
  }

  private func table(
    _ scores: [ScoreRecord], _ samples: [String: [SampleRecord]], _ attacks: [AttackedRow],
    _ directory: RunDirectory, _ book: RunBook
  ) throws -> Report {
    try WholeFile.write(try JSONLinesText.encode(scores), to: directory.scoresFile)
    let robustness = Robustness(
      scores.filter { $0.group == nil }, samples: samples, attacks: attacks,
      base: experiment.rowName(.base), reference: experiment.referenceRow, seed: experiment.seed)
    if !attacks.isEmpty, robustness.cells.isEmpty {
      try book.warn(
        "no attack can be compared: list 'base' and the attacked variants themselves in 'score.variants' too"
      )
    }
    let report = Report(
      title: experiment.name, records: scores.filter { $0.group == nil }, samples: samples,
      baseline: experiment.baselineRow,
      notes: book.warnings, seed: experiment.seed)
    try ReportFiles.write(report, formats: experiment.table.formats, to: directory.path)
    try ReportFiles.writeDemographics(scores, to: directory.path)
    try ReportFiles.writeRobustness(
      robustness.cells.isEmpty ? nil : robustness, to: directory.path)
    return report
  }
}
