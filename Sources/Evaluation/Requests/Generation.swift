/// `output_type: generate_until`: what does the model write?
enum Generation {
  static func question(
    _ document: Document, id: Int, _ builder: inout PromptBuilder
  ) throws -> Question {
    let format = builder.task.prompt
    let target = try builder.target(document, format)
    let context = try builder.contexts(for: document)[0]
    var references = (target.items ?? [target]).map(\.text)
    let choices = try builder.choices(document, format)
    if let index = target.integerValue, format.choices != nil {
      guard choices.indices.contains(index) else {
        throw TemplateFault("the answer \(index) is not one of the \(choices.count) choices")
      }
      references = [choices[index]]
    }
    let plan = builder.task.generation
    let request = GenerationRequest(
      prompt: context, stops: plan.stops, maximumTokens: plan.maximumTokens,
      temperature: plan.temperature, topP: plan.topP, topK: plan.topK)
    return Question(
      documentID: id, document: document, requests: .generation(request), target: target,
      choices: choices, references: references)
  }

  /// 1 when the text equals any of the references.
  static func metrics(
    _ question: Question, _ text: String, _ exactMatch: ExactMatch
  ) -> [String: Double] {
    ["exact_match": question.references.map { exactMatch.score(text, $0) }.max() ?? 0]
  }
}
