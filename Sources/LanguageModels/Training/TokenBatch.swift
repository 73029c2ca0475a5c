/// Packed token sequences: no padding, each attends to itself only.
package struct TokenBatch: Sendable {
  /// All tokens, `[T]`.
  package let tokens: [Int32]
  /// Rows of each sequence.
  package let sequences: [Range<Int>]
  /// Position of each token in its sequence, `[T]`.
  package let positions: [Int32]

  package init(_ rows: [[Int32]]) {
    tokens = rows.flatMap { $0 }
    positions = rows.flatMap { $0.indices.map { Int32($0) } }
    var sequences: [Range<Int>] = []
    for row in rows where !row.isEmpty {
      let start = sequences.last?.upperBound ?? 0
      sequences.append(start..<start + row.count)
    }
    self.sequences = sequences
  }

  /// Tokens of the longest sequence.
  package var longest: Int { sequences.map(\.count).max() ?? 0 }
}

/// Packed sequences, and for each token the one that should follow.
///
/// The last token of a sequence predicts nothing and, attention being causal, changes nothing before it:
/// it is left out.
package struct NextTokenBatch: Sendable {
  /// What the network reads, `[T]`.
  package let input: TokenBatch
  /// The token after each, `[T]`.
  package let targets: [Int32]
  /// How much each prediction counts in the loss, `[T]`; 0 for none.
  package let weights: [Float]

  /// - Parameters:
  ///   - rows: token ids of each sequence; those shorter than two predict nothing.
  ///   - weights: a weight for each token *as a target*; a sequence's first is never one. Default: 1.
  package init(_ rows: [[Int32]], weights: [[Float]]? = nil) {
    if let weights {
      precondition(
        weights.map(\.count) == rows.map(\.count), "a weight for each token of each sequence")
    }
    let used = rows.indices.filter { rows[$0].count > 1 }
    input = TokenBatch(used.map { Array(rows[$0].dropLast()) })
    targets = used.flatMap { rows[$0].dropFirst() }
    self.weights = used.flatMap { index in
      weights.map { Array($0[index].dropFirst()) }
        ?? [Float](repeating: 1, count: rows[index].count - 1)
    }
  }

  /// Sum of the weights: what a mean loss is divided by.
  package var totalWeight: Double { weights.reduce(0) { $0 + Double($1) } }
}

/// Packed sequences, and how much each of their tokens counts.
package struct WeightedTokens: Sendable {
  package let input: TokenBatch
  /// `[T]`; 0 for a token that does not count.
  package let weights: [Float]

  package init(_ input: TokenBatch, weights: [Float]) {
    precondition(weights.count == input.tokens.count, "a weight for each token")
    self.input = input
    self.weights = weights
  }

  package var totalWeight: Double { weights.reduce(0) { $0 + Double($1) } }
}

extension NextTokenBatch {
  /// The sequences with their last tokens; each token counts as it does as a target.
  ///
  /// A sequence's first token, which is no target, counts as the second does.
  package var whole: WeightedTokens {
    return WeightedTokens(
      TokenBatch(input.sequences.map { input.tokens[$0] + [targets[$0.upperBound - 1]] }),
      weights: input.sequences.flatMap { [weights[$0.lowerBound]] + weights[$0] })
  }

  /// The same without the first `count` targets that count in each sequence.
  package func skipping(_ count: Int) -> NextTokenBatch {
    var copy = weights
    for rows in input.sequences {
      for row in rows.filter({ weights[$0] != 0 }).prefix(count) { copy[row] = 0 }
    }
    return NextTokenBatch(input: input, targets: targets, weights: copy)
  }

  private init(input: TokenBatch, targets: [Int32], weights: [Float]) {
    self.input = input
    self.targets = targets
    self.weights = weights
  }
}
