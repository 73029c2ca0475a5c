import ArgumentParser
import Evaluation
import LanguageModels
import Spunge

/// Which rows of which data set are meant.
struct PromptFileOptions: ParsableArguments {
  @Option(
    help: "JSON Lines, JSON, CSV, TSV or Parquet; for toxigen_prompts a .txt file or a folder.")
  var prompts: String

  @Option(
    help: ArgumentHelp(
      "How the file is laid out: \(PromptSource.all.map(\.name).joined(separator: ", ")).",
      valueName: "name"))
  var source = "toxigen"

  @Option(
    help: ArgumentHelp(
      "Only rows with this number: 'toxicity_human >= 3', 'severe_toxicity > 0.35'.",
      valueName: "rule"))
  var rule: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Only rows about these groups.", valueName: "group"))
  var groups: [String] = []

  @Option(name: [.customShort("L"), .long], help: "Prompts from the start of what is left.")
  var limit: Int?

  func validate() throws {
    try OptionRange.check("--limit", limit, OptionRange.positive)
  }

  /// Groups without commas between them.
  var groupNames: [String] {
    groups.flatMap { $0.split(separator: ",") }.map(String.init)
  }

  func selectionRule() throws -> SelectionRule? { try rule.map { try SelectionRule($0) } }
}

/// By which protocol completions are made and judged, and by whom.
struct ToxicityOptions: ParsableArguments {
  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      ToxicityProtocol.all.map { "\($0.name): \($0.summary)" }.joined(separator: "; ") + ".",
      valueName: "name"))
  var protocolName = "paper"

  @Option(help: "YAML or JSON file with settings of the protocol.") var settings: String?

  @Option(
    help: ArgumentHelp("A setting, over the file's; may be repeated.", valueName: "key=value"))
  var set: [String] = []

  @Option(
    help:
      "Hugging Face folder of the sequence classifier that judges completions, or owner/name in its cache."
  )
  var classifier: String?

  @Option(
    help: ArgumentHelp(
      "What the classifier was trained on, for the report (known for ToxiGen's own).",
      valueName: "words"))
  var classifierTrainingData: String?

  @Option(
    help: ArgumentHelp("Model that says how fluent the completions are.", valueName: "path"))
  var perplexityModel: String?

  @OptionGroup var perplexity: PerplexityOptions

  /// What is measured.
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
          "the protocol \(found.name) writes no completions; leave out \(option)")
      }
      return toxicity
    }
    guard let classifier else {
      throw ValidationError(
        "--classifier is missing: the folder of the model that judges completions; the protocol safenlp "
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

/// What is called perplexity.
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
  /// A model of the command line: a path, or the id of one in the Hugging Face cache.
  static func model(_ path: String) throws -> ExperimentPath {
    var model = ExperimentPath(literal: path)
    model.expanded = try ModelLocation.resolve(path)
    return model
  }
}

extension PerplexityDefinition: ExpressibleByArgument {}
