/// `output_type: loglikelihood`: how probable is the target, and is it the greedy continuation?
enum LogLikelihood {
  static func question(
    _ document: Document, id: Int, _ builder: inout PromptBuilder
  ) throws -> Question {
    let target = try builder.target(document, builder.task.prompt)
    let context = try builder.contexts(for: document)[0]
    let request = LogLikelihoodRequest(context: context, continuation: target.text)
    return Question(
      documentID: id, document: document, requests: .logLikelihoods([request]), target: target)
  }

  static func metrics(_ answer: LogLikelihoodAnswer) -> [String: Double] {
    ["perplexity": answer.logLikelihood, "acc": answer.isGreedy ? 1 : 0]
  }
}
