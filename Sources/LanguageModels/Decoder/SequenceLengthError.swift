import Formats

/// A sequence that is longer than what can be computed for a model.
package struct SequenceLengthError: InputFailure, CustomStringConvertible, Equatable {
  package enum Reason: String, Sendable {
    case learntPositions = "has learnt vectors for no more places"
    case longrope = "changes its 'longrope' rotary embedding there, which is not computed here"
  }

  package var tokens: Int
  package var most: Int
  package var reason: Reason

  package init(tokens: Int, most: Int, reason: Reason) {
    (self.tokens, self.most, self.reason) = (tokens, most, reason)
  }

  package var description: String {
    "a sequence of \(tokens) tokens: the model \(reason.rawValue) beyond \(most) tokens; cut the texts to that length"
  }
}
