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
    let embeddingScale = configuration.embeddingScale(computeType)
    for segment in segments {
      for (offset, token) in segment.tokens.enumerated() {
        let row = positions.count * configuration.hiddenSize
        try configuration.embed(
          token, at: segment.start + offset, from: checkpoint, scale: embeddingScale,
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
      normalise(layer.attentionNorm, rows: rows)
      layer.queryKeyValue.multiply(work.hiddenRows, rows: rows, into: work.queryKeyValue.pointer)
      rotateAndStore(positions, in: ownPages, layer: index)
      copyPages(segments, layer: index)
      attend(items, pages, layer: index)
      // What attention adds is not seen by a block beside it.
      if configuration.isParallel, let norm = layer.feedForwardNorm { normalise(norm, rows: rows) }
      add(
        layer.output, of: work.attendedRows, rows: rows, bias: layer.outputBias,
        norm: layer.outputNorm)
      if !configuration.isParallel { normalise(layer.feedForwardNorm, rows: rows) }
      layer.gateUp.multiply(work.hiddenRows, rows: rows) { activate($0, layer) }
      add(
        layer.down, of: work.forwardRows, rows: rows, bias: layer.downBias, norm: layer.downNorm)
    }
  }

  /// `x += norm(input · Wᵀ + bias)`, or without the norm.
  private func add(
    _ matrix: PackedMatrix, of input: Rows, rows: Int, bias: Tensor?, norm: Norm?
  ) {
    guard let norm else {
      return matrix.multiply(input, rows: rows) { $0.add(to: work.x, bias: bias) }
    }
    let width = Int64(configuration.hiddenSize)
    matrix.multiply(input, rows: rows, into: work.normal.pointer)
    inTiles(rows) { row in
      let branch = work.normal.pointer + row * configuration.hiddenSize
      if let bias { sk_add(branch, bias.pointer, width) }
      normalise(norm, branch, into: branch)
      sk_add(work.x.pointer + row * configuration.hiddenSize, branch, width)
    }
  }

  /// `hiddenRows = norm(x)`, or `x` itself.
  private func normalise(_ norm: Norm?, rows: Int) {
    inTiles(rows) { row in
      guard let norm else {
        let x = work.x.pointer + row * configuration.hiddenSize
        return work.hiddenRows.set(row: row, from: x)
      }
      normalise(norm, row: row, of: row)
    }
  }

  /// One row of `hiddenRows` from one of `x`.
  func normalise(_ norm: Norm, row: Int, of source: Int) {
    let width = configuration.hiddenSize
    let normal = work.normal.pointer + row * width
    normalise(norm, work.x.pointer + source * width, into: normal)
    work.hiddenRows.set(row: row, from: normal)
  }

  /// One row, `[D]`.
  private func normalise(
    _ norm: Norm, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    let (epsilon, width) = (Float(configuration.normEpsilon), Int64(configuration.hiddenSize))
    if let bias = norm.bias {
      sk_layerNorm(out, nil, nil, x, norm.gain.pointer, bias.pointer, epsilon, 1, width)
    } else {
      sk_rmsNorm(out, nil, x, norm.gain.pointer, epsilon, 1, width)
    }
  }

  /// `forwardRows = f(gate + bias) ∘ (up + bias)`, or `f(up + bias)`.
  private func activate(_ piece: PackedMatrix.Piece, _ layer: Layer) {
    if configuration.activation == .silu, layer.gateUp.isPaired {
      return piece.swiglu(to: work.forwardRows, bias: layer.gateUpBias)
    }
    let (first, width) = (piece.columns.lowerBound, piece.columns.count)
    let halves = layer.gateUp.isPaired ? 2 : 1
    let activation = configuration.activation
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * width) { scratch in
      guard let out = scratch.baseAddress else { return }
      let biased = out + width
      for (index, row) in piece.rows.enumerated() {
        var gateUp = piece.values + index * piece.stride
        if let bias = layer.gateUpBias {
          for half in 0..<halves {
            let start = half * configuration.feedForwardSize + first
            sk_sumRows(
              biased + half * width, Int64(width), gateUp + half * width, Int64(width),
              bias.pointer + start, 1, Int64(width))
          }
          gateUp = UnsafePointer(biased)
        }
        switch (activation, layer.gateUp.isPaired) {
        case (.geluTanh, true): sk_geglu(out, gateUp, 1, Int64(width))
        case (.gelu, false): sk_gelu(out, gateUp, Int64(width))
        case (.geluTanh, false): sk_geluTanh(out, gateUp, Int64(width))
        case (.silu, _), (.gelu, true): preconditionFailure("no row of the table has these")
        }
        work.forwardRows.set(row: row, columns: piece.columns, from: out)
      }
    }
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
    let rotary = rotary[layers[index].rotary]
    inTiles(positions.count) { [work, layers, pool] row in
      let qkv = work.queryKeyValue.pointer + row * stride
      if let bias = layers[index].queryKeyValueBias { sk_add(qkv, bias.pointer, Int64(stride)) }
      if let norm = layers[index].queryKeyNorm {
        let keys = qkv + heads * width
        let (query, key) = (norm.query.count, norm.key.count)
        sk_rmsNorm(
          qkv, nil, qkv, norm.query.pointer, epsilon, Int64(heads * width / query), Int64(query))
        sk_rmsNorm(
          keys, nil, keys, norm.key.pointer, epsilon, Int64(groups * width / key), Int64(key))
      }
      var position = positions[row]
      sk_rotate(
        qkv, Int64(stride), rotary.cosines, rotary.sines, &position, 1, Int64(heads + groups),
        Int64(width), Int64(2 * rotary.halfWidth), 1)
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
    let (scale, cap) = (configuration.attentionScale, Float(configuration.attentionCap ?? 0))
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
            cap, scratch.baseAddress)
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
