import Foundation
package import LanguageModels
package import Spunge
package import Tensors

/// What a miniature world is made from.
package struct MiniatureSettings: Sendable, Hashable {
  /// Decides everything: facts, texts, tokenizers, weights.
  package var seed: UInt64
  /// Share of each group's toxic and each hazardous subject's language that is its own, 0…1.
  package var heterogeneity: Double
  package var base = LanguageModelRecipe.base
  package var reference = LanguageModelRecipe.reference

  package init(seed: UInt64 = 1, heterogeneity: Double = 0) {
    self.seed = seed
    self.heterogeneity = heterogeneity
  }

  var world: World { World(seed: seed, heterogeneity: heterogeneity) }
}

/// Texts and models of miniature worlds, each made once and kept in a work folder.
///
/// Tokenizer, reference model and classifier are the same for every heterogeneity, so that numbers can be compared
/// across it; texts and base models are not.
package struct MiniatureCache {
  package let settings: MiniatureSettings
  private let steps: StepCache
  private let progress: any ProgressSink
  private let backend: any ComputeBackend

  /// - Parameter work: the work folder, for example `.spunge`.
  package init(
    _ settings: MiniatureSettings, work: String, progress: any ProgressSink = SilentProgress(),
    backend: any ComputeBackend = OpenBLASBackend()
  ) {
    self.settings = settings
    steps = StepCache(work: work)
    self.progress = progress
    self.backend = backend
  }

  /// The folder of `WorldFiles`.
  package func texts() throws -> String {
    try made("texts", ["heterogeneity \(settings.heterogeneity)"]) { folder in
      try WorldFiles.write(settings.world, to: folder)
    }
  }

  /// The model to be unlearned: one of several that differ in initial weights and documents.
  package func base(_ number: Int) throws -> String {
    let tokenizer = try tokenizer()
    let name = "base \(number)"
    let recipe = settings.base
    return try made(name, ["heterogeneity \(settings.heterogeneity)", "\(recipe)"]) { folder in
      try train(name, recipe, on: .base, told: { _ in settings.world }, tokenizer, to: folder)
    }
  }

  /// The larger language model, which tells how probable completions are.
  package func reference() throws -> String {
    let tokenizer = try tokenizer()
    let recipe = settings.reference
    return try made("reference", ["\(recipe)"]) { folder in
      let worlds = [settings.world.told(heterogeneity: 0), settings.world.told(heterogeneity: 1)]
      try train(
        "reference", recipe, on: .reference, told: { $0.element(of: worlds) }, tokenizer,
        to: folder)
    }
  }

  /// The folder with the tokenizer of both language models.
  private func tokenizer() throws -> String {
    try made("tokenizer", []) { folder in
      progress.note("training the tokenizer")
      let model = try LanguageModelTokenizer.train(on: settings.world)
      try SentencePieceTrainer.write(model, toFolder: folder)
    }
  }

  private func train(
    _ name: String, _ recipe: LanguageModelRecipe, on mix: DocumentMix,
    told: (inout RandomSource) -> World, _ tokenizerFolder: String, to folder: String
  ) throws {
    let tokenizer = try TokenizerLoader.load(path: tokenizerFolder)
    let checkpoint = try LanguageModelTraining.train(
      recipe, on: mix, told: told, tokenizer: tokenizer, random: settings.world.random(name),
      backend: backend
    ) { step, count in
      progress.report(step: "train \(name)", done: step.step + 1, total: count, unit: "steps")
    }
    let model = try Data(contentsOf: URL(filePath: "\(tokenizerFolder)/tokenizer.model"))
    try ModelFolder.write(
      checkpoint, recipe.configuration(tokenizer), tokenizer: Array(model), to: folder)
  }

  /// The folder of one step's result, made if it is not there.
  private func made(
    _ name: String, _ settings: [String], _ make: (String) throws -> Void
  ) throws -> String {
    let key = StepKey(
      step: "miniature/\(name)", version: World.version,
      settings: (["seed \(self.settings.seed)"] + settings).joined(separator: "\n"), inputs: [:])
    if let folder = steps.finished(key) { return folder }
    let step = try steps.begin(key)
    // Another process may have made it while this one waited.
    try make(step.folder)
    try step.finish()
    return step.folder
  }
}
