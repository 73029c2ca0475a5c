import CKernels
import Tensors

/// What one batch needs on its way through the network, allocated once.
final class InferenceActivations {
  /// Residual stream, `[T, D]`.
  let x: Tensor
  /// Stacked queries, keys, values, `[T, (H + 2G)·E]`.
  let queryKeyValue: Tensor
  /// Attention's result, `[T, H·E]`.
  let attended: Tensor
  /// `[T, D]`.
  let normal: Tensor
  let hiddenRows: Rows
  let attendedRows: Rows
  let forwardRows: Rows
  private var logits = Tensor([0, 0])

  init(_ c: DecoderConfiguration, capacity: Int, computeType: ComputeType) {
    let heads = c.headCount * c.headWidth
    x = Tensor([capacity, c.hiddenSize])
    queryKeyValue = Tensor([capacity, heads + 2 * c.keyValueHeadCount * c.headWidth])
    attended = Tensor([capacity, heads])
    normal = Tensor([capacity, c.hiddenSize])
    hiddenRows = Rows(capacity: capacity, columns: c.hiddenSize, computeType: computeType)
    attendedRows = Rows(capacity: capacity, columns: heads, computeType: computeType)
    forwardRows = Rows(capacity: capacity, columns: c.feedForwardSize, computeType: computeType)
  }

  /// Memory for logits, `[rows, V]` or more, kept for the next batch.
  func logits(rows: Int, _ vocabulary: Int) -> Tensor {
    if logits.rows < rows { logits = Tensor([rows, vocabulary]) }
    return logits
  }
}

extension DecoderInference {
  /// Rows that one work item of an elementwise stage handles.
  private static let tile = 16

  /// Runs the segments' tokens through all layers, leaving the residual stream of every token in `work.x` in
  /// segment order.
  ///
  /// Segments may attend to each other's pages if the earlier one comes first.
  func forward(_ segments: [Segment]) throws {
    let rows = segments.reduce(0) { $0 + $1.tokens.count }
    precondition(rows <= batchTokens, "\(rows) tokens in a batch of \(batchTokens)")
    var positions: [Int32] = []
    positions.reserveCapacity(rows)
    for segment in segments {
      for (offset, token) in segment.tokens.enumerated() {
        let row = positions.count * configuration.hiddenSize
        try checkpoint.read(
          embeddingName, rows: Int(token)..<Int(token) + 1,
          into: UnsafeMutableBufferPointer(
            rebasing: work.x.elements[row..<row + configuration.hiddenSize]))
        positions.append(Int32(segment.start + offset))
      }
    }
    makeRoom(positions: Int(positions.max() ?? 0) + 1)
    let items = attentionItems(segments)
    let ownPages = segments.flatMap { segment in
      segment.tokens.indices.map { token in
        segment.pages[(segment.start + token - segment.tokens.startIndex) / PagePool.positions]
      }
    }
    let pages = segments.flatMap { $0.pages.map { UnsafeRawPointer?(pool.address(ofPage: $0)) } }
    for (index, layer) in layers.enumerated() {
      normalise(layer.attentionGain, rows: rows)
      layer.queryKeyValue.multiply(work.hiddenRows, rows: rows, into: work.queryKeyValue.pointer)
      rotateAndStore(positions, in: ownPages, layer: index)
      copyPages(segments, layer: index)
      attend(items, pages, layer: index)
      layer.output.multiply(work.attendedRows, rows: rows) {
        $0.add(to: work.x, bias: layer.outputBias)
      }
      normalise(layer.feedForwardGain, rows: rows)
      layer.gateUp.multiply(work.hiddenRows, rows: rows) {
        $0.swiglu(to: work.forwardRows, bias: layer.gateUpBias)
      }
      layer.down.multiply(work.forwardRows, rows: rows) {
        $0.add(to: work.x, bias: layer.downBias)
      }
    }
  }

  /// `hiddenRows = rmsNorm(x)`.
  private func normalise(_ gain: Tensor, rows: Int) {
    inTiles(rows) { row in normalise(gain, row: row, of: row) }
  }

  /// One row of `hiddenRows` from one of `x`.
  func normalise(_ gain: Tensor, row: Int, of source: Int) {
    let width = configuration.hiddenSize
    let normal = work.normal.pointer + row * width
    sk_rmsNorm(
      normal, nil, work.x.pointer + source * width, gain.pointer,
      Float(configuration.normEpsilon), 1, Int64(width))
    work.hiddenRows.set(row: row, from: normal)
  }

  /// Begins pages that continue another segment's, once that has stored its own: it may be in the same batch.
  private func copyPages(_ segments: [Segment], layer: Int) {
    for segment in segments {
      guard let source = segment.copiedFrom else { continue }
      pool.copy(
        first: segment.start % PagePool.positions, from: source,
        to: segment.pages[segment.start / PagePool.positions], layer: layer)
    }
  }

  /// Adds biases, normalises and rotates queries and keys, and puts keys and values into every token's page.
  private func rotateAndStore(_ positions: [Int32], in pages: [Int32], layer index: Int) {
    let stride = work.queryKeyValue.columns
    let (heads, groups) = (configuration.headCount, configuration.keyValueHeadCount)
    let width = configuration.headWidth
    let epsilon = Float(configuration.normEpsilon)
    inTiles(positions.count) { [work, rotary, layers, pool] row in
      let qkv = work.queryKeyValue.pointer + row * stride
      if let bias = layers[index].queryKeyValueBias { sk_add(qkv, bias.pointer, Int64(stride)) }
      if let norm = layers[index].queryKeyNorm {
        let keys = qkv + heads * width
        sk_rmsNorm(qkv, nil, qkv, norm.query.pointer, epsilon, Int64(heads), Int64(width))
        sk_rmsNorm(keys, nil, keys, norm.key.pointer, epsilon, Int64(groups), Int64(width))
      }
      var position = positions[row]
      sk_rotate(
        qkv, Int64(stride), rotary.cosines, rotary.sines, &position, 1, Int64(heads + groups),
        Int64(width), 1)
      for group in 0..<groups {
        let key = qkv + (heads + group) * width
        sk_storeKeyValue(
          pool.address(ofPage: pages[row]) + pool.offset(layer: index, head: group),
          pool.type == .bfloat16 ? 1 : 0, key, key + groups * width,
          Int64(Int(position) % PagePool.positions), Int64(width))
      }
    }
  }

  /// A few tokens of one segment: a unit of attention work.
  struct AttentionItem {
    /// Its segment's first page among all segments' pages.
    let firstPage: Int
    let firstRow: Int
    let firstPosition: Int
    let count: Int
  }

  private func attentionItems(_ segments: [Segment]) -> [AttentionItem] {
    var items: [AttentionItem] = []
    var (row, page) = (0, 0)
    for segment in segments {
      for first in stride(from: 0, to: segment.tokens.count, by: 32) {
        items.append(
          AttentionItem(
            firstPage: page, firstRow: row + first, firstPosition: segment.start + first,
            count: min(32, segment.tokens.count - first)))
      }
      row += segment.tokens.count
      page += segment.pages.count
    }
    return items
  }

  private func attend(_ items: [AttentionItem], _ pages: [UnsafeRawPointer?], layer: Int) {
    let (heads, groups) = (configuration.headCount, configuration.keyValueHeadCount)
    let width = configuration.headWidth
    let window = layers[layer].window
    let scale = Float(1 / Double(width).squareRoot())
    let share = heads / groups
    nonisolated(unsafe) let (pool, work, pages) = (pool, work, pages)
    parallelFor(items.count * groups) { index in
      let (item, group) = (items[index / groups], index % groups)
      let last = item.firstPosition + item.count - 1
      withUnsafeTemporaryAllocation(
        of: Float.self, capacity: Int(sk_attendScratchFloats(Int64(last), Int64(width)))
      ) { scratch in
        pages.withUnsafeBufferPointer { pages in
          sk_attend(
            work.attended.pointer + item.firstRow * work.attended.columns + group * share * width,
            Int64(work.attended.columns),
            work.queryKeyValue.pointer + item.firstRow * work.queryKeyValue.columns
              + group * share * width,
            Int64(work.queryKeyValue.columns), Int64(item.count), Int64(share), Int64(width),
            Int64(item.firstPosition), Int64(window),
            pages.baseAddress.map { $0 + item.firstPage },
            Int64(pool.offset(layer: layer, head: group)), pool.type == .bfloat16 ? 1 : 0, scale,
            scratch.baseAddress)
        }
      }
      let columns = group * share * width..<(group + 1) * share * width
      for row in item.firstRow..<item.firstRow + item.count {
        work.attendedRows.set(
          row: row, columns: columns,
          from: work.attended.pointer + row * work.attended.columns + columns.lowerBound)
      }
    }
  }

  /// Calls `body` for every row, tiles of rows in parallel.
  func inTiles(_ rows: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      parallelFor((rows + Self.tile - 1) / Self.tile) { item in
        for row in item * Self.tile..<min(rows, (item + 1) * Self.tile) { body(row) }
      }
    }
  }
}
