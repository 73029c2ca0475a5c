import Formats
import ArgumentParser
import Evaluation
import Foundation
import LanguageModels
import Spunge

/// How to classify stored completions again.
struct JudgingOptions: ParsableArguments {
  @Option(help: "Classify the stored completions with this sequence classifier.")
  var classifier: String?

  @Option(
    help: ArgumentHelp(
      "Classify the stored completions with a different setting, such as threshold=0.7; may be repeated.",
      valueName: "key=value"))
  var set: [String] = []

  @OptionGroup var engine: EngineOptions
  @Option(help: "Work folder for cached classifications.") var work = ".spunge"

  var areGiven: Bool { classifier != nil || !set.isEmpty }
}

/// The completions in a results folder.
struct StoredCompletions {
  let file: ToxicityRecipeFile
  /// Variants and their completions, by name.
  let variants: [(name: String, records: [CompletionRecord])]

  /// - Throws: `ToxicityError` if there are none, `InputError` for a file that cannot be read.
  init(folder: String) throws {
    let files = FileManager.default
    let recipe = "\(folder)/toxicity.json"
    guard files.fileExists(atPath: recipe) else { throw ToxicityError.nothingStored(path: folder) }
    do { file = try ToxicityRecipeFile.read(recipe) } catch {
      throw InputError.unreadable(path: recipe, reason: "it was not written by 'toxicity'")
    }
    var variants: [(name: String, records: [CompletionRecord])] = []
    for name in (try? files.contentsOfDirectory(atPath: "\(folder)/completions").sorted()) ?? [] {
      let path = "\(folder)/completions/\(name)/\(file.source.fileName).jsonl"
      guard files.fileExists(atPath: path) else { continue }
      let records = try JSONLinesInput(path: path).rows(CompletionRecord.self)
      variants.append((records.first?.variant ?? FileName.text(name) ?? name, records))
    }
    guard !variants.isEmpty else { throw ToxicityError.nothingStored(path: folder) }
    self.variants = variants
  }

  /// The completions, classified again as `options` say.
  func rejudged(_ options: JudgingOptions) throws -> StoredCompletions {
    var file = file
    file.settings = try CompletionRecipe(
      overriding: try settingsNode(options.set), over: self.file.settings)
    let others = file.settings.generationSettings(otherThan: self.file.settings)
    guard others.isEmpty else {
      throw ValidationError(
        "--set \(others.joined(separator: ", ")): the stored completions were generated with other settings; run "
          + "'toxicity' to generate new ones")
    }
    let processed = variants.map { variant in
      (variant.name, variant.records.map { ToxicityScorer.reprocessed($0, recipe: file.settings) })
    }
    if let classifier = options.classifier {
      let folder = try ModelLocation.resolve(classifier)
      let judge = try JudgedTexts(
        work: options.work, identity: try FileDigests(work: options.work).digest(of: folder),
        progress: TerminalProgress(),
        open: StoredClassifier(path: folder, engine: options.engine.engine).load)
      file.classifier = classifier
      file.classifierTrainingData = ""
      let judged = try processed.map { name, records in
        (name, try ToxicityScorer.judge(records, by: judge, recipe: file.settings))
      }
      return StoredCompletions(file: file, variants: judged)
    }
    guard !file.settings.needsClassifier(after: self.file.settings) else {
      throw ValidationError(
        "these settings change the classifier's input or labels; give --classifier")
    }
    return StoredCompletions(
      file: file,
      variants: processed.map { name, records in
        (name, ToxicityScorer.rejudge(records, recipe: file.settings))
      })
  }

  private init(file: ToxicityRecipeFile, variants: [(String, [CompletionRecord])]) {
    self.file = file
    self.variants = variants.map { (name: $0, records: $1) }
  }

  func output() throws -> ToxicityOutput {
    var samples: [String: [SampleRecord]] = [:]
    for variant in variants { samples[variant.name] = CompletionRecord.samples(variant.records) }
    let scores = variants.flatMap { variant in
      ToxicityScoring.scores(
        variant.records, recipe: file.settings, file.perplexityDefinitions, variant: variant.name,
        source: file.source)
    }
    return ToxicityOutput(
      row: variants[0].name, scores: scores, samples: samples, steps: [],
      notes: [
        "\(file.source): protocol \(file.protocolName) (\(try file.settings.summary)), classifier "
          + "\(file.classifier ?? "none"); stored completions classified again"
      ], settings: try file.settings.resolvedYAML(), seed: file.settings.seed)
  }

  /// Writes the completions and the recipe to a results folder.
  func write(to run: RunDirectory) throws {
    for variant in variants {
      try WholeFile.write(
        try JSONLinesText.encode(variant.records),
        to: run.completionsFile(variant: variant.name, source: file.source))
    }
    try file.write(to: run.toxicityFile)
  }
}
