package import Formats

/// A question that a model cannot be asked.
package enum ScoreError: ExitingError, CustomStringConvertible, Equatable {
  case noPrefixToken
  case noEndToken
  case unknownToken(id: Int, vocabulary: Int)
  case emptyContinuation(context: String, String)
  case continuationTooLong(tokens: Int, limit: Int)
  /// Nothing of the prompt would be left.
  case completionTooLong(tokens: Int, limit: Int)
  /// The network's output is not finite: its weights are damaged, or training diverged.
  case notFinite(logLikelihood: Double)

  package var blame: Blame {
    if case .notFinite = self { .run } else { .input }
  }

  package var description: String {
    switch self {
    case .noPrefixToken:
      "the tokenizer has neither a BOS nor an EOS token to put before a text without context"
    case .noEndToken:
      "the tokenizer has no EOS token, with which the task ends answers; a task file that says "
        + "'metadata: {ends_answer: false}' scores them without"
    case .unknownToken(let id, let vocabulary):
      "a text has the token id \(id), but the model has embeddings for \(vocabulary) ids only; the tokenizer belongs "
        + "to another model, or has added tokens that the model lacks"
    case .emptyContinuation(let context, let continuation):
      "the continuation '\(continuation.prefix(60))' after '…\(context.suffix(60))' has no tokens of its "
        + "own: the tokenizer merges it into the context; change the context's last characters"
    case .continuationTooLong(let tokens, let limit):
      "a continuation of \(tokens) tokens does not fit a context of \(limit); raise --max-length up to what "
        + "the model allows, or shorten the text"
    case .completionTooLong(let tokens, let limit):
      "\(tokens) new tokens leave no room for a prompt in a context of \(limit); generate fewer "
        + "(--gen-kwargs max_gen_toks=…, or for 'toxicity' the setting maximumNewTokens)"
    case .notFinite(let logLikelihood):
      "a log-likelihood is \(logLikelihood), not a finite number: the model's weights are damaged; no score can "
        + "be given"
    }
  }
}
