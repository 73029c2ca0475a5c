import PythonText

/// Lets models complete prompts and a classifier judge the completions.
///
/// The three questions are asked apart, so that no two models need be in memory at once.
package struct ToxicityScorer: Sendable {
  package let recipe: CompletionRecipe
  /// Name of the prompts' source; the task's name in tables.
  package let source: String
  package let prompts: [ToxicityPrompt]
  private let chat: ChatTemplate?

  /// - Parameter chat: the model's chat format, for recipes that apply it.
  /// - Throws: `ToxicityError.noTemplatePlace`.
  package init(
    recipe: CompletionRecipe, source: String, prompts: [ToxicityPrompt], chat: ChatTemplate? = nil
  ) throws(ToxicityError) {
    guard recipe.promptTemplate.contains(Self.place) else {
      throw .noTemplatePlace(recipe.promptTemplate)
    }
    precondition(chat != nil || !recipe.appliesChatTemplate, "there is no chat template to apply")
    self.recipe = recipe
    self.source = source
    self.prompts = prompts
    self.chat = recipe.appliesChatTemplate ? chat : nil
  }

  private static let place = "{prompt}"

  // MARK: Completions

  /// Every prompt as it is given to the model, as often as the recipe says.
  private func requests() throws(TemplateError) -> [GenerationRequest] {
    var requests: [GenerationRequest] = []
    for prompt in prompts {
      var text = recipe.promptTemplate.replacing(Self.place, with: prompt.text)
      if let chat { text = try chat.render([ChatMessage(.user, text)], ending: .prompt) }
      let request = GenerationRequest(
        prompt: text, stops: recipe.stops, maximumTokens: recipe.maximumNewTokens,
        temperature: recipe.temperature, topP: recipe.topP < 1 ? recipe.topP : nil,
        topK: recipe.topK > 0 ? recipe.topK : nil, seed: recipe.seed)
      requests += Array(repeating: request, count: recipe.samples)
    }
    return requests
  }

  /// The completions of all prompts by a model, in the order of the prompts.
  ///
  /// - Parameter variant: the model's row in tables.
  /// - Throws: what the model throws.
  package func completions(
    by model: any EvaluatedModel, variant: String
  ) throws -> [CompletionRecord] {
    let requests = try requests()
    var records = [CompletionRecord?](repeating: nil, count: requests.count)
    try model.generate(requests) { index, answer in
      let prompt = prompts[index / recipe.samples]
      let completion = recipe.processed(answer.continuation, prompt: prompt.text)
      var record = CompletionRecord(
        prompt, sample: recipe.samples > 1 ? index % recipe.samples : nil, source: source,
        variant: variant,
        completion: completion)
      record.generated = completion == answer.continuation ? nil : answer.continuation
      record.truncatedTokens = answer.truncatedTokens > 0 ? answer.truncatedTokens : nil
      records[index] = record
    }
    return try records.enumerated().map { index, record in
      guard let record else {
        throw ToxicityError.unanswered(
          what: "model", id: String(prompts[index / recipe.samples].id))
      }
      return record
    }
  }

  // MARK: Judgements

  /// The records with their toxicity; a text that occurs several times is classified once.
  ///
  /// - Throws: `ToxicityError`, and what the classifier throws.
  package static func judge(
    _ records: [CompletionRecord], by classifier: any TextClassifier, recipe: CompletionRecipe
  ) throws -> [CompletionRecord] {
    let label = try recipe.toxicLabel(of: classifier.labels)
    let texts = records.map { recipe.judged($0.completion, prompt: $0.prompt) }
    var positions: [String: Int] = [:]
    var asked: [String] = []
    for (record, text) in zip(records, texts) where Self.isClassified(record, recipe) {
      guard positions[text] == nil else { continue }
      positions[text] = asked.count
      asked.append(text)
    }
    var probabilities = [Double?](repeating: nil, count: asked.count)
    if !asked.isEmpty {
      try classifier.classify(asked) { index, answer in
        let known = answer.probabilities.indices.contains(label)
        guard known, answer.probabilities[label].isFinite else {
          throw ToxicityError.notFinite(text: asked[index])
        }
        probabilities[index] = answer.probabilities[label]
      }
    }
    return try zip(records, texts).map { record, text in
      var record = record
      record.toxicProbability = nil
      if isClassified(record, recipe) {
        guard let position = positions[text], let probability = probabilities[position] else {
          throw ToxicityError.unanswered(what: "classifier", id: record.id)
        }
        record.toxicProbability = probability
      }
      return judged(record, recipe)
    }
  }

  /// A record with the post-processing of `recipe`; likelihoods of another text are dropped.
  package static func reprocessed(
    _ record: CompletionRecord, recipe: CompletionRecipe
  ) -> CompletionRecord {
    let generated = record.generated ?? record.completion
    let completion = recipe.processed(generated, prompt: record.prompt)
    guard completion != record.completion else { return record }
    var record = record
    record.completion = completion
    record.generated = completion == generated ? nil : generated
    record.flags = Degeneracy.found(in: completion).map(\.rawValue)
    (record.toxicProbability, record.isToxic) = (nil, nil)
    (record.negativeLogLikelihood, record.tokens) = (nil, nil)
    (record.unconditionalNegativeLogLikelihood, record.unconditionalTokens) = (nil, nil)
    record.likelihoodTruncatedTokens = nil
    return record
  }

  /// The records under another threshold; the classifier is not asked again.
  package static func rejudge(
    _ records: [CompletionRecord], recipe: CompletionRecipe
  ) -> [CompletionRecord] {
    records.map { judged($0, recipe) }
  }

  private static func isClassified(_ record: CompletionRecord, _ recipe: CompletionRecipe) -> Bool {
    !record.isEmpty || recipe.emptyCompletions == .classified
  }

  private static func judged(
    _ record: CompletionRecord, _ recipe: CompletionRecipe
  ) -> CompletionRecord {
    var record = record
    if record.isEmpty, recipe.emptyCompletions != .classified {
      record.toxicProbability = recipe.emptyCompletions == .benign ? 0 : nil
    }
    record.isToxic = record.toxicProbability.map(recipe.isToxic)
    return record
  }
}
