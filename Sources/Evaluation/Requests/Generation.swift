/// `output_type: generate_until`: what does the model write?
enum Generation {
  static func question(
    _ document: Document, id: Int, _ builder: inout PromptBuilder
  ) throws -> Question {
    let format = builder.task.prompt
    let target = try builder.target(document, format)
    var references = (target.items ?? [target]).map(\.text)
    let choices = try builder.choices(document, format)
    if let index = target.integerValue, format.choices != nil {
      guard choices.indices.contains(index) else {
        throw TemplateFault("the answer \(index) is not one of the \(choices.count) choices")
      }
      references = [choices[index]]
    }
    let plan = builder.task.generation
    let prompt = try builder.prompt(
      for: document, continuations: [], newTokens: plan.maximumTokens)
    let request = GenerationRequest(
      prompt: prompt.contexts[0], stops: plan.stops, maximumTokens: plan.maximumTokens,
      temperature: plan.temperature, topP: plan.topP, topK: plan.topK)
    return Question(
      documentID: id, document: document, requests: .generation(request), target: target,
      choices: choices, references: references, prompt: prompt)
  }

  /// 1 when the text equals any of the references.
  static func metrics(
    _ question: Question, _ text: String, _ exactMatch: ExactMatch
  ) throws(TemplateFault) -> [String: Double] {
    var best = 0.0
    for reference in question.references {
      best = max(best, try exactMatch.score(text, reference))
    }
    return ["exact_match": best]
  }
}
