import Formats
import Foundation
import PythonText

/// `output_type: multiple_choice`: which of the choices is the most probable?
package enum MultipleChoice {
  static func question(
    _ document: Document, id: Int, _ builder: inout PromptBuilder
  ) throws -> Question {
    let format = builder.task.prompt
    let choices = try builder.choices(document, format)
    let target = try builder.target(document, format)
    let answers = builder.hasMultipleInputs ? [target.text] : choices
    let continuations = answers.map { builder.answerDelimiter + $0 }
    let prompt = try builder.prompt(for: document, continuations: continuations)
    var requests = prompt.contexts.flatMap { context in
      continuations.map { LogLikelihoodRequest(context: context, continuation: $0) }
    }
    if builder.task.metrics.contains(where: { $0.name == "acc_mutual_info" }) {
      requests += choices.map {
        LogLikelihoodRequest(context: "", continuation: builder.answerDelimiter + $0)
      }
    }
    let answer =
      builder.hasMultipleInputs
      ? try PromptBuilder.text(document, format, builder.columns) : target
    return Question(
      documentID: id, document: document, requests: .logLikelihoods(requests), target: target,
      choices: choices, gold: gold(answer, choices), prompt: prompt)
  }

  /// Indices of the right choices; an answer that is no choice is right nowhere, as in the harness.
  private static func gold(_ answer: Value, _ choices: [String]) -> Set<Int> {
    Set(
      (answer.items ?? [answer]).compactMap { answer in
        if let index = answer.integerValue { return choices.indices.contains(index) ? index : nil }
        return choices.firstIndex { $0.utf8.elementsEqual(answer.text.utf8) }
      })
  }

  /// `acc`: the largest sum of log-probabilities; `acc_norm`: per code point; `acc_bytes`: per
  /// byte; `acc_mutual_info`: less the sum without the question.
  ///
  /// - Parameter wanted: names of the metrics that are asked for.
  static func metrics(
    _ question: Question, _ answers: [LogLikelihoodAnswer], wanted: Set<String>
  ) throws(TemplateFault) -> [String: Double] {
    let (choices, gold) = (question.choices, question.gold)
    let sums = answers.prefix(choices.count).map(\.logLikelihood)
    let perCharacter = zip(sums, choices).map { $0 / Double($1.unicodeScalars.count) }
    let perByte = zip(sums, choices).map { $0 / Double($1.utf8.count) }
    let gains = zip(sums, answers.dropFirst(choices.count)).map { $0 - $1.logLikelihood }
    func isRight(_ scores: [Double]) -> Double {
      indexOfLargest(scores).map { gold.contains($0) } == true ? 1 : 0
    }
    var metrics = [
      "acc": isRight(sums), "acc_norm": isRight(perCharacter), "acc_bytes": isRight(perByte),
      "exact_match": gold.contains { answers[$0].isGreedy } ? 1 : 0,
      "acc_mutual_info": isRight(gains),
    ]
    if let name = ["f1", "mcc", "brier_score"].first(where: wanted.contains) {
      guard gold.count <= 1 else { throw TemplateFault("\(name) needs one right choice") }
      let right = gold.first.map(Double.init) ?? noChoice
      (metrics["f1"], metrics["mcc"]) = (right, right)
      metrics["prediction"] = indexOfLargest(sums).map(Double.init)
    }
    if wanted.contains("brier_score") {
      guard let right = gold.first else { throw TemplateFault("brier_score needs a right choice") }
      metrics["brier_score"] = squaredError(sums, right)
    }
    return metrics
  }

  /// The harness's label of an answer that is none of the choices.
  private static let noChoice = -100.0

  /// Σ (probability − [right])², the probabilities being the choices' shares.
  ///
  /// Brier 1950, https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
  private static func squaredError(_ sums: [Double], _ right: Int) -> Double {
    shares(sums).enumerated().reduce(0) { sum, choice in
      let difference = choice.element - (choice.offset == right ? 1 : 0)
      return sum + difference * difference
    }
  }

  /// Probabilities in proportion to exp(sum).
  package static func shares(_ sums: [Double]) -> [Double] {
    let largest = sums.max() ?? 0
    let weights = sums.map { PortableMath.exp($0 - largest) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  /// The first of equal largest values; one that is no number counts as the largest.
  private static func indexOfLargest(_ scores: [Double]) -> Int? {
    if let index = scores.firstIndex(where: \.isNaN) { return index }
    guard var best = scores.indices.first else { return nil }
    for index in scores.indices where scores[index] > scores[best] { best = index }
    return best
  }
}
