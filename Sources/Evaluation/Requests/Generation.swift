import Formats
import PythonText

/// `output_type: generate_until`: what does the model write?
enum Generation {
  static func question(
    _ document: Document, id: Int, _ builder: inout PromptBuilder
  ) throws -> Question {
    let format = builder.task.prompt
    let target = try builder.target(document, format)
    let choices = try builder.choices(document, format)
    let plan = builder.task.generation
    let prompt = try builder.prompt(
      for: document, continuations: [], newTokens: plan.maximumTokens)
    let request = GenerationRequest(
      prompt: prompt.contexts[0], stops: plan.stops, maximumTokens: plan.maximumTokens,
      temperature: plan.temperature, topP: plan.topP, topK: plan.topK)
    return Question(
      documentID: id, document: document, requests: .generation(request), target: target,
      choices: choices,
      references: try references(
        target, choices: choices, areSeveral: builder.hasMultipleTargets),
      repeats: builder.task.repeats, prompt: prompt)
  }

  /// - Parameter areSeveral: settled by the first document, as in the harness, which then takes a
  ///   text for a list of letters.
  private static func references(
    _ target: Value, choices: [String], areSeveral: Bool
  ) throws(TemplateFault) -> Question.References {
    if !choices.isEmpty, let index = target.integerValue {
      guard choices.indices.contains(index) else {
        throw TemplateFault("the answer \(index) is not one of the \(choices.count) choices")
      }
      return .one(.string(choices[index]))
    }
    return areSeveral ? .several(try target.answers()) : .one(target)
  }

  /// - Parameter response: what the filters left.
  static func metrics(
    _ question: Question, _ response: Value, _ task: EvaluationTask
  ) throws(TemplateFault) -> [String: Double] {
    var all: [String: Double] = [:]
    for metric in task.metrics {
      if let textMetric = metric.pooling.textMetric {
        let values = try textMetric.values(metric.name, response, question.references)
        all.merge(values) { $1 }
      } else if let overlap = ReferenceOverlap(rawValue: metric.name) {
        all[metric.name] = try overlap.score(response, question.references)
      } else {
        all[metric.name] = try task.exactMatch.score(response, question.references)
      }
    }
    return all
  }
}
