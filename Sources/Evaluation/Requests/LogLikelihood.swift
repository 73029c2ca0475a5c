import Formats
import PythonText

/// `output_type: loglikelihood`: how probable is the target, and is it the greedy continuation?
enum LogLikelihood {
  static func question(
    _ document: Document, id: Int, _ builder: inout PromptBuilder
  ) throws -> Question {
    let target = try builder.target(document, builder.task.prompt)
    let prompt = try builder.prompt(for: document, continuations: [target.text])
    let request = LogLikelihoodRequest(context: prompt.contexts[0], continuation: target.text)
    return Question(
      documentID: id, document: document, requests: .logLikelihoods([request]), target: target,
      prompt: prompt)
  }

  static func metrics(_ answer: LogLikelihoodAnswer) -> [String: Double] {
    ["perplexity": answer.logLikelihood, "acc": answer.isGreedy ? 1 : 0]
  }
}
