import Formats
import PythonText

/// `output_type: answer_likelihoods`: how probable is an answer, token by token, and how probable are others?
///
/// The answer is the target. `doc_to_choice`, where there is one, lists the right answer as it is compared with wrong
/// ones, which may be in other words, and then the wrong ones.
enum AnswerLikelihoods {
  static func question(
    _ document: Document, id: Int, _ builder: inout PromptBuilder
  ) throws -> Question {
    let format = builder.task.prompt
    // As it is written: digits are no index of a choice here.
    let target = try format.target.value(document, columns: builder.columns).value
    let choices = try builder.choices(document, format)
    if choices.count == 1 {
      throw TemplateFault("'doc_to_choice' needs a right answer and at least one wrong one")
    }
    let answers = [target.text] + choices
    let prompt = try builder.prompt(
      for: document, continuations: answers.map { builder.answerDelimiter + $0 })
    let boundary = LogLikelihoodRequest.Boundary.labels(
      endsText: builder.task.answers.endsText)
    let requests = try answers.enumerated().map { index, answer in
      LogLikelihoodRequest(
        context: prompt.contexts[0], continuation: try builder.answered(prompt, with: answer),
        boundary: boundary, tellsTokens: index == 0)
    }
    return Question(
      documentID: id, document: document, requests: .logLikelihoods(requests), target: target,
      choices: choices, prompt: prompt)
  }

  /// Losses and scores of membership are lower, probabilities and scores of memory higher, the better the answer is
  /// known; a task of what is to be forgotten says `higher_is_better` the other way round.
  static let metrics: [Metric] = [
    ("probability", true), ("probability_normalised", true), ("truth_ratio", true),
    ("truth_ratio_true_better", true), ("truth_ratio_prob_mean", true), ("wrong_to_right", false),
    ("exact_memorization", true), ("extraction_strength", true), ("loss", false), ("zlib", false),
    ("min_k", false), ("min_k++", false),
  ].map { name, higherIsBetter in
    Metric(
      name: name, pooling: .mean, higherIsBetter: higherIsBetter,
      outputTypes: [.answerLikelihoods])
  }

  /// Every metric that the answers allow; none for an answer that has no tokens of its own.
  static func metrics(
    _ question: Question, _ answers: [LogLikelihoodAnswer], _ plan: AnswerPlan
  ) -> [String: Double] {
    guard let answer = answers.first, let loss = answer.loss, let tokens = answer.tokenScores else {
      return [:]
    }
    // As open-unlearning, which counts the end of the text among the answer's probability but not as memory of it.
    let memory = plan.endsText ? tokens.withoutLast : tokens
    var metrics = [
      "probability": PortableMath.exp(-loss), "loss": loss,
      "zlib": MembershipScore.compressed(loss: loss, text: question.target),
      "min_k": MembershipScore.lowest(memory, share: plan.lowestShare),
      "min_k++": MembershipScore.lowestStandardised(memory, share: plan.lowestShare),
      "extraction_strength": memory.extractionStrength,
    ]
    metrics["exact_memorization"] = memory.exactMemorisation
    let losses = answers.dropFirst().compactMap(\.loss)
    if losses.count == answers.count - 1, let right = losses.first, losses.count > 1 {
      let wrong = Array(losses.dropFirst())
      let ratio = TruthRatio(rightLoss: right, wrongLosses: wrong)
      metrics["truth_ratio"] = ratio.closenessToOne
      metrics["truth_ratio_true_better"] = ratio.preferenceForTruth
      metrics["truth_ratio_prob_mean"] = ratio.shareOfTruth
      metrics["wrong_to_right"] = ratio.value
      metrics["probability_normalised"] = TruthRatio.normalisedProbability(
        rightLoss: loss, wrongLosses: wrong)
    }
    return metrics
  }
}
