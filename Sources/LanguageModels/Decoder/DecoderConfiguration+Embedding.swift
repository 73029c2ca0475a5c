package import Tensors

extension DecoderConfiguration {
  /// What a token at a place begins the residual stream with.
  ///
  /// - Parameters:
  ///   - embedding: the embeddings, where they are not the checkpoint's. `[V, D]`
  ///   - positions: likewise the vectors of places.
  ///   - scale: what `embeddingScale` says.
  ///   - row: receives it. `[D]`
  /// - Throws: `SequenceLengthError`, and what reading the weights throws.
  func embed(
    _ token: Int32, at position: Int, from checkpoint: any Checkpoint, embedding: Tensor? = nil,
    positions: Tensor? = nil, scale: Float?, into row: UnsafeMutableBufferPointer<Float>
  ) throws {
    if let embedding {
      _ = row.update(
        fromContentsOf: UnsafeBufferPointer(
          start: embedding.pointer + Int(token) * row.count, count: row.count))
    } else {
      try checkpoint.read(DecoderNames.embedding, rows: Int(token)..<Int(token) + 1, into: row)
    }
    if let scale { for index in row.indices { row[index] *= scale } }
    guard architecture.positions == .learnt else { return }
    guard position < contextLength else {
      throw SequenceLengthError(tokens: position + 1, most: contextLength, reason: .learntPositions)
    }
    let place = Tensor([row.count])
    if let positions {
      let first = position * row.count
      _ = place.elements.update(fromContentsOf: positions.elements[first..<first + row.count])
    } else {
      try checkpoint.read(
        DecoderNames.positions, rows: position..<position + 1, into: place.elements)
    }
    for index in row.indices { row[index] += place[index] }
  }

  /// Embeddings of a batch as the blocks read them, `[T, D]`.
  /// - Throws: `SequenceLengthError`, and what reading the weights throws.
  package func embeddings(of batch: TokenBatch, from checkpoint: any Checkpoint) throws -> Tensor {
    let x = Tensor([batch.tokens.count, hiddenSize])
    let scale = embeddingScale(.float32)
    for (row, token) in batch.tokens.enumerated() {
      try embed(
        token, at: Int(batch.positions[row]), from: checkpoint, scale: scale,
        into: .init(rebasing: x.elements[row * hiddenSize..<(row + 1) * hiddenSize]))
    }
    return x
  }
}
