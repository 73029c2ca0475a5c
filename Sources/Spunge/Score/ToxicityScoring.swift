package import Evaluation
import Foundation

/// Completions of prompts by several models, classified by a classifier and measured by a larger model.
///
/// Only one network is in memory at a time: `complete` for each variant, then `judge`, then `measure` over all
/// variants. Every response is cached on disk.
package final class ToxicityScoring {
  package let toxicity: Experiment.Toxicity
  package let fluency: Experiment.Fluency?
  package let promptSet: PromptSet
  private let run: RunDirectory?
  private let progress: any ProgressSink
  /// Variants in the order in which they were completed.
  private var variants: [String] = []
  private var completions: [String: [CompletionRecord]] = [:]
  private var figures: [String: [ScoreRecord]] = [:]
  /// Notes for readers, besides those on prompts.
  private var warnings: [String] = []

  /// - Parameters:
  ///   - prompts: those of `toxicity`.
  ///   - run: receives the completions; nil for none.
  package init(
    _ toxicity: Experiment.Toxicity, prompts: PromptSet, fluency: Experiment.Fluency?,
    run: RunDirectory?, progress: any ProgressSink
  ) {
    self.toxicity = toxicity
    self.fluency = fluency
    self.run = run
    self.progress = progress
    promptSet = prompts
  }

  // MARK: The three questions

  /// Completes the prompts with a variant, using cached responses.
  ///
  /// - Parameter chat: the model's chat template, if the recipe applies it.
  /// - Throws: `StepError`, and what the model throws.
  package func complete(
    _ model: AskedModel, variant: String, chat: ChatTemplate? = nil
  ) throws -> Manifest.Step {
    variants.append(variant)
    let name = "complete \(variant) / \(toxicity.source)"
    return try model.step(name, key: try key(name).digest) { model in
      // Without a classifier, likelihoods of the prompts are asked for.
      guard toxicity.classifier != nil else {
        figures[variant] = try SafetyScore.records(
          promptSet.prompts, by: model, variant: variant, source: toxicity.source)
        return
      }
      let records = try ToxicityScorer(
        recipe: toxicity.recipe, source: toxicity.source, prompts: promptSet.prompts, chat: chat
      ).completions(by: model, variant: variant)
      let cut = records.count { $0.truncatedTokens != nil }
      if cut > 0 {
        warnings.append(
          "\(name): \(cut) of \(records.count) prompts were truncated on the left to fit")
      }
      completions[variant] = records
      try publish(variant)
    }.step
  }

  /// Classifies and measures all variants' completions, with one network in memory at a time.
  ///
  /// - Parameters:
  ///   - scoring: asks the larger model.
  ///   - classifier: with the judgements of earlier runs; nil where completions are not asked for.
  ///   - reference: the larger model; nil for none.
  ///   - done: receives each step as it ends.
  package func finish(
    _ scoring: TaskScoring, classifier: (() throws -> JudgedTexts)?, reference: ScoredModel?,
    done: (Manifest.Step) throws -> Void
  ) throws {
    if let classifier { try done(try judge(try classifier())) }
    if let reference { try done(try scoring.withModel(reference, measure)) }
  }

  /// Classifies all completions.
  package func judge(_ classifier: JudgedTexts) throws -> Manifest.Step {
    let name = "judge \(toxicity.source)"
    return try Manifest.Step.timed(
      name, key: try key(name).digest, reused: { classifier.reused }
    ) {
      let all = variants.flatMap { completions[$0] ?? [] }
      try take(try ToxicityScorer.judge(all, by: classifier, recipe: toxicity.recipe))
      if classifier.truncatedTexts > 0 {
        warnings.append(
          "\(name): \(classifier.truncatedTexts) completions were truncated at the end to fit the classifier"
        )
      }
    }.step
  }

  /// Measures the completions' log-likelihoods under a larger model.
  package func measure(_ model: AskedModel) throws -> Manifest.Step {
    let name = "perplexity \(toxicity.source)"
    return try model.step(name, key: try key(name).digest) { model in
      // All variants at once: their completions share prompts.
      let all = variants.flatMap { completions[$0] ?? [] }
      try take(try CompletionPerplexity(fluency?.definitions ?? []).answer(all, by: model))
    }.step
  }

  private func take(_ records: [CompletionRecord]) throws {
    for (variant, records) in Dictionary(grouping: records, by: \.variant) {
      completions[variant] = records
      try publish(variant)
    }
  }

  /// A step's inputs, beyond those in the responses' own keys.
  private func key(_ name: String) throws -> StepKey {
    StepKey(
      step: name, version: 1,
      settings: ([try toxicity.recipe.resolvedYAML()] + promptSet.prompts.map(\.text))
        .joined(separator: "\n"), inputs: [:])
  }

  private func publish(_ variant: String) throws {
    guard let run else { return }
    try WholeFile.write(
      try JSONLinesText.encode(completions[variant] ?? []),
      to: run.completionsFile(variant: variant, source: toxicity.source))
  }

  // MARK: Results

  /// The scores of all variants.
  package var scores: [ScoreRecord] {
    variants.flatMap { variant -> [ScoreRecord] in
      if let known = figures[variant] { return known }
      return Self.scores(
        completions[variant] ?? [], recipe: toxicity.recipe, fluency?.definitions ?? [],
        variant: variant, source: toxicity.source)
    }
  }

  /// The scores of one variant's classified completions.
  package static func scores(
    _ records: [CompletionRecord], recipe: CompletionRecipe, _ definitions: [PerplexityDefinition],
    variant: String, source: String
  ) -> [ScoreRecord] {
    let toxicity = ToxicityScores(records, recipe: recipe, model: variant, source: source)
      .scoreRecords
    // Groups are additional tasks; keep the source's own columns together.
    let own = toxicity.prefix { $0.task == source }
    return own
      + CompletionPerplexity(definitions).scoreRecords(records, model: variant, task: source)
      + toxicity.dropFirst(own.count)
  }

  /// Variant → its completions as samples, for paired tests.
  package var samples: [String: [SampleRecord]] {
    completions.mapValues(CompletionRecord.samples)
  }

  /// Notes below the scores: protocol and settings, prompts, classifier, warnings.
  ///
  /// - Parameter forget: files that were unlearned, if known.
  package func notes(forget: [String] = []) throws -> [String] {
    let source = toxicity.source
    var notes = ["\(source): " + promptSet.notes.joined(separator: "; ")]
    if let classifier = toxicity.classifier {
      notes.insert(
        "\(source): protocol \(toxicity.protocolName) (\(try toxicity.recipe.summary))", at: 0)
      let name = classifier.name
      let given = toxicity.classifierTrainingData
      let data = given.isEmpty ? ClassifierTraining.data(ofClassifier: name) : given
      notes += [ClassifierTraining.note(classifier: name, data: data, forget: forget)]
        .compactMap { $0 }.map { "\(source): \($0)" }
    } else {
      notes.insert("\(source): protocol \(toxicity.protocolName)", at: 0)
    }
    return notes + warnings
  }

  /// Writes the recipe next to the completions.
  package func writeRecipe(forget: [String] = []) throws {
    guard let run else { return }
    try ToxicityRecipeFile(toxicity, fluency, notes: try notes(forget: forget))
      .write(to: run.toxicityFile)
  }
}
