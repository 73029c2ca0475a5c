import CKernels
import Formats
import Foundation
import Tensors

/// What one batch needs on its way through the network, allocated once.
final class EncoderActivations {
  /// Hidden states, `[T, D]`.
  let x: Tensor
  /// Stacked queries, keys, values, `[T, 3D]`.
  let queryKeyValue: Tensor
  /// Attention's result, `[T, D]`.
  let attended: Tensor
  /// Sums of embeddings, and the head's rows, `[T, D]`.
  let update: Tensor
  let hiddenRows: Rows
  let attendedRows: Rows
  let forwardRows: Rows
  let headRows: Rows

  init(_ c: EncoderConfiguration, capacity: Int, computeType: ComputeType) {
    x = Tensor([capacity, c.hiddenSize])
    queryKeyValue = Tensor([capacity, 3 * c.hiddenSize])
    attended = Tensor([capacity, c.hiddenSize])
    update = Tensor([capacity, c.hiddenSize])
    hiddenRows = Rows(capacity: capacity, columns: c.hiddenSize, computeType: computeType)
    attendedRows = Rows(capacity: capacity, columns: c.hiddenSize, computeType: computeType)
    forwardRows = Rows(capacity: capacity, columns: c.feedForwardSize, computeType: computeType)
    headRows = Rows(capacity: capacity, columns: c.hiddenSize, computeType: .float32)
  }
}

extension EncoderInference {
  /// Rows that one work item of an elementwise stage handles.
  private static let tile = 16

  /// The logits of every text of a batch.
  func logits(_ batch: TokenBatch) throws -> [[Float]] {
    try embed(batch)
    var rows = batch.tokens.count
    for (index, layer) in layers.enumerated() {
      layer.queryKeyValue.weight.multiply(work.hiddenRows, rows: rows) { piece in
        piece.write(to: work.queryKeyValue, bias: layer.queryKeyValue.bias)
      }
      attend(batch)
      if index == layers.count - 1 {
        // The head reads first tokens only, and from here on rows do not meet.
        keepFirstRows(batch)
        rows = batch.sequences.count
      }
      inTiles(rows) { [work] row in
        work.attendedRows.set(
          row: row, from: work.attended.pointer + row * work.attended.columns)
      }
      layer.attentionOutput.weight.multiply(work.attendedRows, rows: rows) { piece in
        piece.add(to: work.x, bias: layer.attentionOutput.bias)
      }
      normalise(layer.attentionNorm, rows: rows)
      layer.up.weight.multiply(work.hiddenRows, rows: rows) {
        $0.gelu(to: work.forwardRows, bias: layer.up.bias)
      }
      layer.down.weight.multiply(work.forwardRows, rows: rows) {
        $0.add(to: work.x, bias: layer.down.bias)
      }
      normalise(layer.feedForwardNorm, rows: rows)
    }
    return head(texts: rows)
  }

  /// `x = layerNorm(word + type + position)`.
  private func embed(_ batch: TokenBatch) throws {
    let width = configuration.hiddenSize
    var positions: [Int] = []
    for sequence in batch.sequences {
      positions += configuration.positions(batch.tokens[sequence])
    }
    for (row, token) in batch.tokens.enumerated() {
      try checkpoint.read(
        EncoderNames.words, rows: Int(token)..<Int(token) + 1,
        into: UnsafeMutableBufferPointer(
          rebasing: work.update.elements[row * width..<(row + 1) * width]))
    }
    inTiles(batch.tokens.count) { [work, tokenType, positionEmbeddings, embeddingNorm] row in
      let sum = work.update.pointer + row * width
      sk_add(sum, tokenType.pointer, Int64(width))
      sk_add(sum, positionEmbeddings.pointer + positions[row] * width, Int64(width))
      self.normalise(sum, embeddingNorm, row: row)
    }
  }

  /// Writes a row of `x`, and of the rows that products read.
  private func normalise(_ source: UnsafePointer<Float>, _ norm: Norm, row: Int) {
    let width = configuration.hiddenSize
    let x = work.x.pointer + row * width
    sk_layerNorm(
      x, nil, nil, source, norm.gain.pointer, norm.bias.pointer, Float(configuration.normEpsilon),
      1, Int64(width))
    work.hiddenRows.set(row: row, from: x)
  }

  /// `x = layerNorm(x)`.
  private func normalise(_ norm: Norm, rows: Int) {
    inTiles(rows) { [work] row in
      self.normalise(work.x.pointer + row * work.x.columns, norm, row: row)
    }
  }

  /// `attended = softmax(q · kᵀ / √E) · v` inside each text.
  private func attend(_ batch: TokenBatch) {
    let stride = work.queryKeyValue.columns
    let (heads, width) = (configuration.headCount, configuration.headWidth)
    nonisolated(unsafe) let work = work
    parallelFor(batch.sequences.count * heads) { item in
      let (text, head) = (batch.sequences[item / heads], item % heads)
      Self.attend(
        queryKeyValue: work.queryKeyValue.pointer + text.lowerBound * stride + head * width,
        stride: stride, rows: text.count, width: width,
        out: work.attended.pointer + text.lowerBound * work.attended.columns + head * width)
    }
  }

  /// One head of one text.
  /// - Parameters:
  ///   - queryKeyValue: the first row's query; key and value lie a third and two thirds of a row further.
  ///   - stride: floats between rows; in `out`, a third of that.
  private static func attend(
    queryKeyValue: UnsafePointer<Float>, stride: Int, rows: Int, width: Int,
    out: UnsafeMutablePointer<Float>
  ) {
    let pageRows = Int(SK_PAGE)
    let pageFloats = Int(sk_pagePartBytes(Int64(width), 0)) / MemoryLayout<Float>.stride
    let pageCount = (rows + pageRows - 1) / pageRows
    let pageTotal = pageCount * pageFloats
    let scratch = Int(sk_attendScratchFloats(Int64(rows - 1), Int64(width)))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: pageTotal + scratch) { memory in
      guard let base = memory.baseAddress else { return }
      for page in 0..<pageCount {
        let row = page * pageRows
        let key = queryKeyValue + row * stride + stride / 3
        // Slots after the last row are read too, with weight 0.
        sk_storePage(
          base + page * pageFloats, key, key + stride / 3, Int64(stride),
          Int64(min(pageRows, rows - row)), Int64(width))
      }
      let pages = (0..<pageCount).map { UnsafeRawPointer?(base + $0 * pageFloats) }
      sk_attendBothWays(
        out, Int64(stride / 3), queryKeyValue, Int64(stride), Int64(rows), Int64(width), pages,
        Float(1 / Double(width).squareRoot()), base + pageTotal)
    }
  }

  /// Moves the first rows of all texts to the top of `x` and `attended`.
  private func keepFirstRows(_ batch: TokenBatch) {
    let width = configuration.hiddenSize
    for (row, sequence) in batch.sequences.enumerated() where row < sequence.lowerBound {
      for tensor in [work.x, work.attended] {
        (tensor.pointer + row * width).update(
          from: tensor.pointer + sequence.lowerBound * width, count: width)
      }
    }
  }

  /// `logits = tanh(x · Wᵀ + b) · Woᵀ + bo`.
  private func head(texts: Int) -> [[Float]] {
    let (width, labels) = (configuration.hiddenSize, configuration.labels.count)
    for row in 0..<texts { work.headRows.set(row: row, from: work.x.pointer + row * width) }
    headDense.weight.multiply(work.headRows, rows: texts, into: work.update.pointer)
    inTiles(texts) { [work, headDense] row in
      let pooled = work.update.pointer + row * width
      for column in 0..<width {
        pooled[column] = Float(PortableMath.tanh(Double(pooled[column] + headDense.bias[column])))
      }
      work.headRows.set(row: row, from: pooled)
    }
    let logits = Tensor([texts, labels])
    headOutput.weight.multiply(work.headRows, rows: texts, into: logits.pointer)
    return (0..<texts).map { row in
      (0..<labels).map { logits[row * labels + $0] + headOutput.bias[$0] }
    }
  }

  /// Calls `body` for every row, tiles of rows in parallel.
  private func inTiles(_ rows: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      parallelFor((rows + Self.tile - 1) / Self.tile) { item in
        for row in item * Self.tile..<min(rows, (item + 1) * Self.tile) { body(row) }
      }
    }
  }
}
