package import Evaluation

extension Experiment {
  /// Which prompts the variants complete, and which classifier judges the completions.
  package struct Toxicity: Sendable, Hashable {
    package var prompts: ExperimentPath
    /// Name of a `PromptSource`.
    package var source: String
    /// Name of a `ToxicityProtocol`.
    package var protocolName: String
    /// The protocol's settings, overridden by the user's.
    package var recipe: CompletionRecipe
    /// Folder of the classifier; nil for a protocol that needs none.
    package var classifier: ExperimentPath?
    /// A description of the classifier's training data; empty if unknown.
    package var classifierTrainingData: String
    package var rule: SelectionRule?
    /// Only prompts about these groups; empty for all.
    package var groups: [String]
    /// Number of prompts; nil for all.
    package var limit: Int?

    package init(
      prompts: ExperimentPath, source: String, protocolName: String, recipe: CompletionRecipe,
      classifier: ExperimentPath?, classifierTrainingData: String = "", rule: SelectionRule? = nil,
      groups: [String] = [], limit: Int? = nil
    ) {
      self.prompts = prompts
      self.source = source
      self.protocolName = protocolName
      self.recipe = recipe
      self.classifier = classifier
      self.classifierTrainingData = classifierTrainingData
      self.rule = rule
      self.groups = groups
      self.limit = limit
    }

    /// Reads the prompts.
    /// - Throws: `TaskError`, `ToxicityError`.
    package func promptSet() throws -> PromptSet {
      try PromptSet(
        path: prompts.expanded, source: try PromptSource.named(source),
        selection: PromptSelection(
          rule: rule, groups: groups, limit: limit,
          perGroup: recipe.promptsPerGroup > 0 ? recipe.promptsPerGroup : nil,
          seed: recipe.promptSeed))
    }
  }

  /// The model that measures the perplexity of completions.
  package struct Fluency: Sendable, Hashable {
    /// A GGUF file or a Hugging Face folder.
    package var model: ExperimentPath
    package var definitions: [PerplexityDefinition]

    package init(
      model: ExperimentPath, definitions: [PerplexityDefinition] = PerplexityDefinition.allCases
    ) {
      self.model = model
      self.definitions = definitions
    }
  }
}
