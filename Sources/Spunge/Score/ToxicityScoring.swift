package import Evaluation
import Foundation

/// Completions of prompts by several models, judged by a classifier and measured by a larger model.
///
/// The three are asked one after another, each over all variants, so that only one network is in memory:
/// `complete` for each variant, then `judge`, then `measure`. Every answer is on disk as it is given.
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
  /// What a reader should know, besides the notes on prompts.
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

  /// Lets a variant complete the prompts, or finds its completions known.
  ///
  /// - Parameter chat: the model's chat format, where the recipe applies it.
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
        warnings.append("\(name): \(cut) of \(records.count) prompts were cut from the left to fit")
      }
      completions[variant] = records
      try publish(variant)
    }.step
  }

  /// Judges and measures what all variants wrote; one network is in memory at a time.
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

  /// Judges all completions.
  package func judge(_ classifier: JudgedTexts) throws -> Manifest.Step {
    let name = "judge \(toxicity.source)"
    return try Manifest.Step.timed(
      name, key: try key(name).digest, reused: { classifier.reused }
    ) {
      let all = variants.flatMap { completions[$0] ?? [] }
      try take(try ToxicityScorer.judge(all, by: classifier, recipe: toxicity.recipe))
      if classifier.truncatedTexts > 0 {
        warnings.append(
          "\(name): \(classifier.truncatedTexts) completions were cut at the end to fit the classifier"
        )
      }
    }.step
  }

  /// Asks a larger model how probable the completions are.
  package func measure(_ model: AskedModel) throws -> Manifest.Step {
    let name = "perplexity \(toxicity.source)"
    return try model.step(name, key: try key(name).digest) { model in
      // All at once: different variants' completions share their prompts.
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

  /// What a step was made from, as far as it does not show in the answers' own keys.
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

  /// The figures of all variants.
  package var scores: [ScoreRecord] {
    variants.flatMap { variant -> [ScoreRecord] in
      if let known = figures[variant] { return known }
      return Self.scores(
        completions[variant] ?? [], recipe: toxicity.recipe, fluency?.definitions ?? [],
        variant: variant, source: toxicity.source)
    }
  }

  /// The figures of one variant's judged completions.
  package static func scores(
    _ records: [CompletionRecord], recipe: CompletionRecipe, _ definitions: [PerplexityDefinition],
    variant: String, source: String
  ) -> [ScoreRecord] {
    let toxicity = ToxicityScores(records, recipe: recipe, model: variant, source: source)
      .scoreRecords
    // Groups are further tasks; the source's own columns stand together.
    let own = toxicity.prefix { $0.task == source }
    return own
      + CompletionPerplexity(definitions).scoreRecords(records, model: variant, task: source)
      + toxicity.dropFirst(own.count)
  }

  /// Variant → its completions as answered documents, for paired tests.
  package var samples: [String: [SampleRecord]] {
    completions.mapValues(CompletionRecord.samples)
  }

  /// What stands below the figures: protocol and settings, prompts, classifier, warnings.
  ///
  /// - Parameter forget: files that were unlearned, as far as they are known.
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

  /// Writes how the completions were made beside them.
  package func writeRecipe(forget: [String] = []) throws {
    guard let run else { return }
    try ToxicityRecipeFile(toxicity, fluency, notes: try notes(forget: forget))
      .write(to: run.toxicityFile)
  }
}
