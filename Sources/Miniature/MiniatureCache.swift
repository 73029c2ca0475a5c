import Formats
import Foundation
package import LanguageModels
package import Spunge
import Tensors

/// Settings of a miniature world.
package struct MiniatureSettings: Sendable, Hashable {
  /// Random seed of everything: facts, texts, tokenizers, weights.
  package var seed: UInt64
  /// Fraction of each group's toxic and each hazardous subject's language that no other shares, 0…1.
  package var heterogeneity: Double
  package var bases = Dictionary(
    uniqueKeysWithValues: BaseFamily.allCases.map { ($0, $0.recipe) })
  package var reference = LanguageModelRecipe.reference

  package init(seed: UInt64 = 1, heterogeneity: Double = 0) {
    self.seed = seed
    self.heterogeneity = heterogeneity
  }

  var world: World { World(seed: seed, heterogeneity: heterogeneity) }
}

/// Texts and models of miniature worlds, cached in a work folder.
///
/// Tokenizer, reference model and classifier are the same for every heterogeneity, so that results are comparable;
/// texts and base models differ.
package struct MiniatureCache {
  package let settings: MiniatureSettings
  private let steps: StepCache
  private let progress: any ProgressSink
  private let engine: any Engine

  /// - Parameter work: the work folder, for example `.spunge`.
  package init(
    _ settings: MiniatureSettings, work: String, progress: any ProgressSink = SilentProgress(),
    engine: any Engine = engines[0]
  ) {
    self.settings = settings
    steps = StepCache(work: work, progress: progress)
    self.progress = progress
    self.engine = engine
  }

  /// The folder of `WorldFiles`.
  package func texts() throws -> String {
    try made("texts", ["heterogeneity \(settings.heterogeneity)"]) { folder in
      try WorldFiles.write(settings.world, to: folder)
    }
  }

  /// A base model: one of several of its family, which differ in initial weights and documents.
  package func base(_ family: BaseFamily, _ number: Int) throws -> String {
    let tokenizer = try tokenizer()
    let name = "\(family.rawValue) \(number)"
    let recipe = settings.bases[family] ?? family.recipe
    return try made(name, ["heterogeneity \(settings.heterogeneity)", "\(recipe)"]) { folder in
      try train(name, recipe, on: .base, told: { _ in settings.world }, tokenizer, to: folder)
    }
  }

  /// The larger language model that measures the perplexity of completions.
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

  /// Copies texts and models into a new folder: `WorldFiles`, and `models/zephyr-1`, `models/llama2-1` …,
  /// `models/reference`.
  /// - Parameter bases: how many base models of each family; without any, no model at all.
  /// - Throws: `FileError.exists` if `output` exists, and errors of making texts and models.
  package func export(bases: Int, to output: String) throws {
    guard !FileManager.default.fileExists(atPath: output) else {
      throw FileError.exists(path: output)
    }
    var models = bases > 0 ? ["reference": try reference()] : [:]
    for number in 0..<bases {
      for family in BaseFamily.allCases {
        models["\(family.rawValue)-\(number + 1)"] = try base(family, number + 1)
      }
    }
    let texts = try texts()
    try AtomicFolder.write(to: output) { temporary in
      try copy(texts, to: temporary)
      for (name, folder) in models { try copy(folder, to: "\(temporary)/models/\(name)") }
    }
  }

  /// Copies the files of a finished step.
  private func copy(_ folder: String, to target: String) throws {
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
      if isFolder.boolValue || name == "complete.json" || name == ".lock" { continue }
      let path = "\(target)/\(name)"
      try WholeFile.makeFolder(path.parentFolder)
      try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: path)
    }
  }

  /// The classifier for completions.
  package func classifier() throws -> String {
    try made("classifier", []) { folder in
      let world = settings.world
      try ClassifierTraining.write(
        world, to: folder, random: world.random("classifier")
      ) { step, count in
        progress.report(
          step: "train classifier", done: step.step + 1, total: count, unit: "steps")
      }
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
    let state = "\(folder)/training.safetensors"
    let checkpoint = try TrainingState.startingAnew(progress.note) {
      try LanguageModelTraining.train(
        recipe, on: mix, told: told, tokenizer: tokenizer, random: settings.world.random(name),
        engine: engine, state: state
      ) { step, count in
        progress.report(step: "train \(name)", done: step.step + 1, total: count, unit: "steps")
      }
    }
    let model = try Data(contentsOf: URL(filePath: "\(tokenizerFolder)/tokenizer.model"))
    try ModelFolder.write(
      checkpoint, recipe.configuration(tokenizer), tokenizer: Array(model), to: folder)
    try? FileManager.default.removeItem(atPath: state)
  }

  /// The folder of one step's result, made if missing.
  private func made(
    _ name: String, _ settings: [String], _ make: (String) throws -> Void
  ) throws -> String {
    let key = StepKey(
      step: "miniature/\(name)", version: World.version,
      settings: (["seed \(self.settings.seed)"] + settings).joined(separator: "\n"), inputs: [:])
    if let folder = steps.finished(key) { return folder }
    guard let step = try steps.take(key, resuming: true) else { return steps.folder(key) }
    try make(step.folder)
    try step.finish()
    return step.folder
  }
}
