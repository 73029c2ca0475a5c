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
  /// `[T, 2F]`.
  let gateUp: Tensor
  /// `[T, max(D, F)]`.
  let scratch: Tensor
  /// What a product adds to the residual stream, `[T, D]`.
  let update: Tensor
  let hiddenRows: Rows
  let attendedRows: Rows
  let forwardRows: Rows

  init(_ c: LlamaConfiguration, capacity: Int, computeType: ComputeType) {
    let heads = c.headCount * c.headWidth
    x = Tensor([capacity, c.hiddenSize])
    queryKeyValue = Tensor([capacity, heads + 2 * c.keyValueHeadCount * c.headWidth])
    attended = Tensor([capacity, heads])
    gateUp = Tensor([capacity, 2 * c.feedForwardSize])
    scratch = Tensor([capacity, max(c.hiddenSize, c.feedForwardSize)])
    update = Tensor([capacity, c.hiddenSize])
    hiddenRows = Rows(capacity: capacity, columns: c.hiddenSize, computeType: computeType)
    attendedRows = Rows(capacity: capacity, columns: heads, computeType: computeType)
    forwardRows = Rows(capacity: capacity, columns: c.feedForwardSize, computeType: computeType)
  }
}

extension LlamaInference {
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
    let items = attentionItems(segments)
    for (index, layer) in layers.enumerated() {
      addAndNormalise(nil, bias: nil, gain: layer.attentionGain, rows: rows)
      layer.queryKeyValue.multiply(work.hiddenRows, rows: rows, into: work.queryKeyValue.pointer)
      rotate(layer, positions)
      store(segments, layer: index)
      attend(segments, items, layer: index)
      layer.output.multiply(work.attendedRows, rows: rows, into: work.update.pointer)
      addAndNormalise(work.update, bias: layer.outputBias, gain: layer.feedForwardGain, rows: rows)
      layer.gateUp.multiply(work.hiddenRows, rows: rows, into: work.gateUp.pointer)
      swiglu(layer, rows: rows)
      layer.down.multiply(work.forwardRows, rows: rows, into: work.update.pointer)
      addAndNormalise(work.update, bias: layer.downBias, gain: nil, rows: rows)
    }
  }

  /// `x += update + bias`, then `hiddenRows = rmsNorm(x)` unless `gain` is nil.
  private func addAndNormalise(_ update: Tensor?, bias: Tensor?, gain: Tensor?, rows: Int) {
    let width = Int64(configuration.hiddenSize)
    let epsilon = Float(configuration.normEpsilon)
    inTiles(rows) { [work] row in
      let x = work.x.pointer + row * Int(width)
      if let update { sk_add(x, update.pointer + row * Int(width), width) }
      if let bias { sk_add(x, bias.pointer, width) }
      if let gain {
        let normal = work.scratch.pointer + row * work.scratch.columns
        sk_rmsNorm(normal, nil, x, gain.pointer, epsilon, 1, width)
        work.hiddenRows.set(row: row, from: normal)
      }
    }
  }

  private func rotate(_ layer: Layer, _ positions: [Int32]) {
    let stride = work.queryKeyValue.columns
    let rotated = configuration.headCount + configuration.keyValueHeadCount
    let width = Int64(configuration.headWidth)
    inTiles(positions.count) { [work, rotary] row in
      let qkv = work.queryKeyValue.pointer + row * stride
      if let bias = layer.queryKeyValueBias { sk_add(qkv, bias.pointer, Int64(stride)) }
      var position = positions[row]
      sk_rotate(
        qkv, Int64(stride), rotary.cosines, rotary.sines, &position, 1, Int64(rotated), width, 1)
    }
  }

  /// Puts the segments' keys and values into their pages.
  private func store(_ segments: [Segment], layer: Int) {
    let (heads, groups) = (configuration.headCount, configuration.keyValueHeadCount)
    let width = configuration.headWidth
    nonisolated(unsafe) let (pool, work) = (pool, work)
    parallelFor(groups) { group in
      var row = 0
      for segment in segments {
        if let source = segment.copiedFrom {
          let page = segment.pages[segment.start / PagePool.positions]
          pool.copy(from: source, to: page, layer: layer, head: group)
        }
        for offset in 0..<segment.tokens.count {
          let position = segment.start + offset
          let key =
            work.queryKeyValue.pointer + row * work.queryKeyValue.columns + (heads + group) * width
          sk_storeKeyValue(
            pool.part(segment.pages[position / PagePool.positions], layer: layer, head: group), key,
            key + groups * width, Int64(position % PagePool.positions), Int64(width))
          row += 1
        }
      }
    }
  }

  /// A few tokens of one segment: a unit of attention work.
  struct AttentionItem {
    let segment: Int
    let firstRow: Int
    let firstPosition: Int
    let count: Int
  }

  private func attentionItems(_ segments: [Segment]) -> [AttentionItem] {
    var items: [AttentionItem] = []
    var row = 0
    for (index, segment) in segments.enumerated() {
      for first in stride(from: 0, to: segment.tokens.count, by: 32) {
        items.append(
          AttentionItem(
            segment: index, firstRow: row + first, firstPosition: segment.start + first,
            count: min(32, segment.tokens.count - first)))
      }
      row += segment.tokens.count
    }
    return items
  }

  private func attend(_ segments: [Segment], _ items: [AttentionItem], layer: Int) {
    let (heads, groups) = (configuration.headCount, configuration.keyValueHeadCount)
    let width = configuration.headWidth
    let window = layers[layer].window
    let scale = Float(1 / Double(width).squareRoot())
    let share = heads / groups
    nonisolated(unsafe) let (pool, work) = (pool, work)
    parallelFor(items.count * groups) { index in
      let (item, group) = (items[index / groups], index % groups)
      let last = item.firstPosition + item.count - 1
      let parts: [UnsafePointer<Float>?] = segments[item.segment].pages
        .prefix(last / PagePool.positions + 1)
        .map { UnsafePointer(pool.part($0, layer: layer, head: group)) }
      withUnsafeTemporaryAllocation(
        of: Float.self, capacity: Int(sk_attendScratchFloats(Int64(last), Int64(width)))
      ) { scratch in
        sk_attend(
          work.attended.pointer + item.firstRow * work.attended.columns + group * share * width,
          Int64(work.attended.columns),
          work.queryKeyValue.pointer + item.firstRow * work.queryKeyValue.columns
            + group * share * width,
          Int64(work.queryKeyValue.columns), Int64(item.count), Int64(share), Int64(width),
          Int64(item.firstPosition), Int64(window), parts, scale, scratch.baseAddress)
      }
    }
    let rows = items.last.map { $0.firstRow + $0.count } ?? 0
    inTiles(rows) { [work] row in
      work.attendedRows.set(
        row: row, from: work.attended.pointer + row * work.attended.columns)
    }
  }

  private func swiglu(_ layer: Layer, rows: Int) {
    let width = configuration.feedForwardSize
    inTiles(rows) { [work] row in
      let gateUp = work.gateUp.pointer + row * 2 * width
      if let bias = layer.gateUpBias { sk_add(gateUp, bias.pointer, Int64(2 * width)) }
      let out = work.scratch.pointer + row * work.scratch.columns
      sk_swiglu(out, gateUp, 1, Int64(width))
      work.forwardRows.set(row: row, from: out)
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
