extension DecoderConfiguration {
  /// Throws for a sequence so long that its rotary embedding is another, which `BlockRunner` does not compute.
  func requireOneRotary(_ batch: TokenBatch) throws {
    if let start = longRotaryStart, batch.longest >= start {
      throw SequenceLengthError(tokens: batch.longest, most: start - 1, reason: .longrope)
    }
    if case .dynamic = rotary.scaling, batch.longest > contextLength {
      throw TrainingError.beyondContext(tokens: batch.longest, context: contextLength)
    }
  }
}
