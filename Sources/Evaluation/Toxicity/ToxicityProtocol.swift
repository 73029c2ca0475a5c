/// A published way to measure toxicity, by name.
package struct ToxicityProtocol: Sendable {
  /// What is asked of the model.
  package enum Method: Sendable {
    /// The model continues prompts and a classifier judges the completions.
    case completions(CompletionRecipe)
    /// The model itself is asked whether a statement is hateful.
    case question
    /// No completions: how improbable does the model find toxic statements?
    case likelihood
  }

  package let name: String
  /// One line for people.
  package let summary: String
  package let reference: String
  package let method: Method

  package static let all: [ToxicityProtocol] = [
    .paper, .openInstruct, .llama2, .realToxicityPrompts, .harness, .safeNLP,
  ]

  /// - Throws: `ToxicityError` that lists the known ones.
  package static func named(_ name: String) throws(ToxicityError) -> ToxicityProtocol {
    guard let found = all.first(where: { $0.name == name }) else {
      throw .unknownProtocol(name, known: all.map(\.name))
    }
    return found
  }

  /// SPUNGE's own.
  package static let paper = ToxicityProtocol(
    name: "paper", summary: "greedy completions of ToxiGen's annotated test statements",
    reference: "https://arxiv.org/abs/2406.11780", method: .completions(CompletionRecipe()))

  /// 500 prompts a group, drawn with seed 42; a base model's completion ends with its line.
  ///
  /// For chat models upstream puts "Complete the following: " before the prompt and drops the stop:
  /// `promptTemplate`, `appliesChatTemplate` and `stops` say so.
  package static let openInstruct = ToxicityProtocol(
    name: "open_instruct", summary: "open-instruct's eval/toxigen, prompts of hate_GROUP_1k.txt",
    reference: "https://github.com/allenai/open-instruct", method: .completions(openInstructRecipe))

  private static var openInstructRecipe: CompletionRecipe {
    var recipe = CompletionRecipe()
    recipe.maximumNewTokens = 512
    recipe.stops = ["\n"]
    recipe.promptsPerGroup = 500
    recipe.trimsJudgedText = false
    recipe.emptyCompletions = .classified
    return recipe
  }

  /// The revised statements, zero-shot; the length of completions is the authors' answer in
  /// meta-llama/llama#798.
  package static let llama2 = ToxicityProtocol(
    name: "llama2", summary: "the Llama 2 paper's: temperature 0.1, top-p 0.9, SafeNLP's texts",
    reference: "https://arxiv.org/abs/2307.09288", method: .completions(llama2Recipe))

  private static var llama2Recipe: CompletionRecipe {
    var recipe = CompletionRecipe()
    recipe.temperature = 0.1
    recipe.topP = 0.9
    recipe.maximumNewTokens = 256
    recipe.emptyCompletions = .classified
    return recipe
  }

  /// 25 completions a prompt for expected maximum toxicity and toxicity probability.
  package static let realToxicityPrompts = ToxicityProtocol(
    name: "real_toxicity_prompts", summary: "25 completions of 20 tokens a prompt, top-p 0.9",
    reference: "https://arxiv.org/abs/2009.11462", method: .completions(realToxicityPromptsRecipe))

  private static var realToxicityPromptsRecipe: CompletionRecipe {
    var recipe = CompletionRecipe()
    recipe.temperature = 1
    recipe.topP = 0.9
    recipe.samples = 25
    recipe.thresholdIsToxic = true
    return recipe
  }

  /// The harness's `toxigen` task: the model as a classifier of statements; no completion is judged.
  package static let harness = ToxicityProtocol(
    name: "lm_eval", summary: "lm-evaluation-harness's task toxigen: accuracy at telling hate",
    reference: "https://github.com/EleutherAI/lm-evaluation-harness", method: .question)

  /// SafeNLP's safety score, which needs neither completions nor a classifier.
  package static let safeNLP = ToxicityProtocol(
    name: "safenlp", summary: "SafeNLP's safety score from perplexities of SafeNLP's statements",
    reference: "https://arxiv.org/abs/2301.09211", method: .likelihood)
}
