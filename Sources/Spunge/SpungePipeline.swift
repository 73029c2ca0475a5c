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

  /// - Throws: `TaskError`.
  package init(
    _ experiment: Experiment, tasks index: TaskIndex, paths: Paths, context: RunContext
  ) throws {
    self.experiment = experiment
    self.paths = paths
    self.context = context
    let chosen = try experiment.scoring.tasks.map { (try index.select([$0.name]), $0) }
    tasks = chosen.flatMap { selection, choice in selection.tasks.map { ($0, choice) } }
    groups = chosen.flatMap(\.0.groups)
  }

  /// Runs everything that has not been done yet.
  /// - Returns: the comparison that was written to the results folder.
  package func run() throws -> Report {
    let directory = try RunDirectory(path: paths.results)
    let book = try RunBook(experiment, directory, context)
    do {
      let report = try run(directory, book)
      try book.finish()
      return report
    } catch {
      try? book.fail("\(error)")
      throw error
    }
  }

  private func run(_ directory: RunDirectory, _ book: RunBook) throws -> Report {
    let base = try base(book)
    let evaluators = try evaluators(
      PromptFit(
        try base.tokenizer(), base.directory.configuration,
        settings: LlamaEvaluatedModel.Settings()))
    let (parts, retained) = try split(base, book)
    let unlearning = UnlearningStage(self, base: base, retained: retained, book: book)
    let scoring = TaskScoring(work: paths.work, run: directory, progress: context.progress)
    var samples: [String: [SampleRecord]] = [:]
    var scores: [ScoreRecord] = []
    for variant in experiment.scoring.variants {
      let weights =
        switch variant {
        case .base: base.weights
        case .monolithic: try unlearning.unlearn(parts, name: "union")
        case .spunge:
          try unlearning.merge(try parts.map { try unlearning.unlearn([$0], name: $0.name) })
        }
      let row = variant.rowName(unlearning: experiment.unlearning.card.name)
      for result in try scoring.score(model(row, weights, base), on: evaluators) {
        samples[row, default: []] += result.samples
        scores += result.scores
        try book.add(result.step, warnings: result.warnings)
      }
    }
    scores += GroupScores.records(for: groups, from: scores)
    return try table(scores, samples, directory, book)
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
      title: experiment.name, records: scores, samples: samples,
      baseline: experiment.table.baseline.rowName(unlearning: experiment.unlearning.card.name),
      notes: book.warnings, seed: experiment.seed)
    try ReportFiles.write(report, formats: experiment.table.formats, to: directory.path)
    return report
  }
}

/// A model's weights and a digest of everything they depend on.
package struct Weights {
  package var checkpoint: any Checkpoint
  package var digest: String
  /// What was changed; `nil` for the base.
  package var delta: ParameterDelta?
}

/// The model that everything starts from.
package struct BaseModel {
  package let directory: ModelDirectory
  package let digest: String
  package let tokenizer: () throws -> any Tokenizer

  var weights: Weights { Weights(checkpoint: directory.checkpoint, digest: digest) }
}
