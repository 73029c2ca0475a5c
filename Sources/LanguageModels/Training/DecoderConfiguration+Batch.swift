extension DecoderConfiguration {
  /// Throws for a sequence of so many tokens that the model has no places for it, or that its rotary embedding is another,
  /// which `BlockRunner` does not compute.
  package func requireLength(_ tokens: Int) throws {
    if architecture.positions == .learnt, tokens > contextLength {
      throw SequenceLengthError(tokens: tokens, most: contextLength, reason: .learntPositions)
    }
    if let start = longRotaryStart, tokens >= start {
      throw SequenceLengthError(tokens: tokens, most: start - 1, reason: .longrope)
    }
    if case .dynamic = rotary.scaling, tokens > contextLength {
      throw TrainingError.beyondContext(tokens: tokens, context: contextLength)
    }
  }
}
