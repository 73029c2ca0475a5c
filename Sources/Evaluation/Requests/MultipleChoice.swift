/// `output_type: multiple_choice`: which of the choices is the most probable?
enum MultipleChoice {
  static func question(
    _ document: Document, id: Int, _ builder: inout PromptBuilder
  ) throws -> Question {
    let format = builder.task.prompt
    let choices = try builder.choices(document, format)
    let target = try builder.target(document, format)
    let answers = builder.hasMultipleInputs ? [target.text] : choices
    let continuations = answers.map { builder.answerDelimiter + $0 }
    let prompt = try builder.prompt(for: document, continuations: continuations)
    let requests = prompt.contexts.flatMap { context in
      continuations.map { LogLikelihoodRequest(context: context, continuation: $0) }
    }
    let answer =
      builder.hasMultipleInputs
      ? try PromptBuilder.text(document, format, builder.columns) : target
    return Question(
      documentID: id, document: document, requests: .logLikelihoods(requests), target: target,
      choices: choices, gold: gold(answer, choices), prompt: prompt)
  }

  /// Indices of the right choices; an answer that is no choice is right nowhere, as in the harness.
  private static func gold(_ answer: TemplateValue, _ choices: [String]) -> Set<Int> {
    Set(
      (answer.items ?? [answer]).compactMap { answer in
        if let index = answer.integerValue { return choices.indices.contains(index) ? index : nil }
        return choices.firstIndex { $0.utf8.elementsEqual(answer.text.utf8) }
      })
  }

  /// `acc`: the largest sum of log-probabilities; `acc_norm`: per code point; `acc_bytes`: per
  /// byte.
  static func metrics(
    _ question: Question, _ answers: [LogLikelihoodAnswer]
  ) -> [String: Double] {
    let sums = answers.map(\.logLikelihood)
    let perCharacter = zip(sums, question.choices).map { $0 / Double($1.unicodeScalars.count) }
    let perByte = zip(sums, question.choices).map { $0 / Double($1.utf8.count) }
    func isRight(_ scores: [Double]) -> Double {
      indexOfLargest(scores).map { question.gold.contains($0) } == true ? 1 : 0
    }
    let isGreedy = question.gold.contains { answers[$0].isGreedy }
    return [
      "acc": isRight(sums), "acc_norm": isRight(perCharacter), "acc_bytes": isRight(perByte),
      "exact_match": isGreedy ? 1 : 0,
    ]
  }

  /// The first of equal largest values.
  private static func indexOfLargest(_ scores: [Double]) -> Int? {
    guard var best = scores.indices.first else { return nil }
    for index in scores.indices where scores[index] > scores[best] { best = index }
    return best
  }
}
