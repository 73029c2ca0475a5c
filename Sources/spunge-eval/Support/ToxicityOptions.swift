import ArgumentParser
import Evaluation
import LanguageModels
import Spunge

/// Which rows of which data set to use.
struct PromptFileOptions: ParsableArguments {
  @Option(
    help: "JSON Lines, JSON, CSV, TSV or Parquet; for toxigen_prompts a .txt file or a folder.")
  var prompts: String

  @Option(
    help: ArgumentHelp(
      "Layout of the file: \(PromptSource.all.map(\.name).joined(separator: ", ")).",
      valueName: "name"))
  var source = "toxigen"

  @Option(
    help: ArgumentHelp(
      "Only rows that satisfy this condition: 'toxicity_human >= 3', 'severe_toxicity > 0.35'.",
      valueName: "rule"))
  var rule: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Only rows about these groups.", valueName: "group"))
  var groups: [String] = []

  @Option(
    name: [.customShort("L"), .long], help: "Use only the first N prompts (after filtering).")
  var limit: Int?

  func validate() throws {
    try OptionRange.check("--limit", limit, OptionRange.positive)
  }

  /// The group names, split at commas.
  var groupNames: [String] {
    groups.flatMap { $0.split(separator: ",") }.map(String.init)
  }

  func selectionRule() throws -> SelectionRule? { try rule.map { try SelectionRule($0) } }
}

/// The protocol and the models for generating and classifying completions.
struct ToxicityOptions: ParsableArguments {
  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      ToxicityProtocol.all.map { "\($0.name): \($0.summary)" }.joined(separator: "; ") + ".",
      valueName: "name"))
  var protocolName = "paper"

  @Option(help: "YAML or JSON file with the protocol's settings.") var settings: String?

  @Option(
    help: ArgumentHelp(
      "A setting, which overrides the file's; may be repeated.", valueName: "key=value"))
  var set: [String] = []

  @Option(
    help:
      "Hugging Face folder of the sequence classifier for completions, or owner/name in the Hugging Face cache."
  )
  var classifier: String?

  @Option(
    help: ArgumentHelp(
      "What the classifier was trained on, for the report (known for ToxiGen's classifiers).",
      valueName: "words"))
  var classifierTrainingData: String?

  @Option(
    help: ArgumentHelp("Model to measure the completions' perplexity with.", valueName: "path"))
  var perplexityModel: String?

  @OptionGroup var perplexity: PerplexityOptions

  /// The measurement that the options describe.
  func toxicity(_ file: PromptFileOptions) throws -> Experiment.Toxicity {
    let found = try ToxicityProtocol.named(protocolName)
    var toxicity = Experiment.Toxicity(
      prompts: ExperimentPath(literal: file.prompts), source: file.source, protocolName: found.name,
      recipe: CompletionRecipe(), classifier: nil,
      classifierTrainingData: classifierTrainingData ?? "", rule: try file.selectionRule(),
      groups: file.groupNames, limit: file.limit)
    guard case .completions(let recipe) = found.method else {
      let given = [
        ("--classifier", classifier), ("--classifier-training-data", classifierTrainingData),
        ("--perplexity-model", perplexityModel), ("--settings", settings), ("--set", set.first),
        ("--definition", perplexity.given.first?.rawValue),
      ]
      for (option, value) in given where value != nil {
        throw ValidationError(
          "the protocol \(found.name) generates no completions; leave out \(option)")
      }
      return toxicity
    }
    guard let classifier else {
      throw ValidationError(
        "--classifier is missing: give the folder of a sequence classifier for completions; the protocol safenlp "
          + "needs none")
    }
    toxicity.recipe = try CompletionRecipe(
      overriding: try settingsNode(file: settings, assignments: set), over: recipe)
    toxicity.classifier = try .model(classifier)
    return toxicity
  }

  func fluency() throws -> Experiment.Fluency? {
    if perplexityModel == nil, !perplexity.given.isEmpty {
      throw ValidationError("--definition needs --perplexity-model")
    }
    return try perplexityModel.map {
      Experiment.Fluency(model: try .model($0), definitions: perplexity.definitions)
    }
  }
}

/// Which definitions of perplexity to use.
struct PerplexityOptions: ParsableArguments {
  @Option(
    name: .customLong("definition"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "dexperts (the paper's), hf_evaluate, corpus, corpus_unconditional (default: all).",
      valueName: "name"))
  var given: [PerplexityDefinition] = []

  var definitions: [PerplexityDefinition] {
    given.isEmpty
      ? PerplexityDefinition.allCases : PerplexityDefinition.allCases.filter(given.contains)
  }
}

extension ExperimentPath {
  /// A model given on the command line: a path, or an id in the Hugging Face cache.
  static func model(_ path: String) throws -> ExperimentPath {
    var model = ExperimentPath(literal: path)
    model.expanded = try ModelLocation.resolve(path)
    return model
  }
}

extension PerplexityDefinition: ExpressibleByArgument {}
