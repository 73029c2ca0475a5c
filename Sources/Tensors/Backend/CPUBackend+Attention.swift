import CKernels

extension CPUBackend {
  package func attention(_ queryKeyValue: Tensor, _ shape: AttentionShape, out: Tensor) {
    forEachGroup(shape) { item in
      let n = item.rows.count
      let p = Tensor([n, n])
      let stride = shape.columns
      let rows = queryKeyValue.pointer + item.rows.lowerBound * stride
      let results = out.pointer + item.rows.lowerBound * out.columns
      for head in item.heads {
        let query = head * shape.width
        // scores = Q · Kᵀ;  out = softmax(scores) · V
        for tile in tiles(n, shape) {
          gemm(
            .no, .yes, tile.rows.count, tile.keys, shape.width,
            rows + tile.rows.lowerBound * stride + query, stride,
            rows + shape.keyColumn(item.group), stride, 0, p.pointer + tile.rows.lowerBound * n, n)
        }
        cap(p, shape)
        softmax(p, shape)
        for tile in tiles(n, shape) {
          gemm(
            .no, .no, tile.rows.count, shape.width, tile.keys,
            p.pointer + tile.rows.lowerBound * n, n, rows + shape.valueColumn(item.group), stride,
            0, results + tile.rows.lowerBound * out.columns + query, out.columns)
        }
      }
    }
  }

  package func attentionBackward(
    dOut: Tensor, queryKeyValue: Tensor, _ shape: AttentionShape, dQueryKeyValue: Tensor
  ) {
    dQueryKeyValue.fill(0)
    forEachGroup(shape) { item in
      let n = item.rows.count
      let (p, dP) = (Tensor([n, n]), Tensor([n, n]))
      let (stride, width) = (shape.columns, shape.width)
      let first = item.rows.lowerBound * stride
      let key = queryKeyValue.pointer + first + shape.keyColumn(item.group)
      let value = queryKeyValue.pointer + first + shape.valueColumn(item.group)
      let dKey = dQueryKeyValue.pointer + first + shape.keyColumn(item.group)
      let dValue = dQueryKeyValue.pointer + first + shape.valueColumn(item.group)
      for head in item.heads {
        let query = queryKeyValue.pointer + first + head * width
        let dQuery = dQueryKeyValue.pointer + first + head * width
        let d = dOut.pointer + item.rows.lowerBound * dOut.columns + head * width
        for tile in tiles(n, shape) {
          let (count, row) = (tile.rows.count, tile.rows.lowerBound)
          gemm(
            .no, .yes, count, tile.keys, width, query + row * stride, stride, key, stride, 0,
            p.pointer + row * n, n)
          // forward: out = P · V
          gemm(
            .no, .yes, count, tile.keys, width, d + row * dOut.columns, dOut.columns, value, stride,
            0, dP.pointer + row * n, n)
        }
        cap(p, shape)
        let capped = shape.cap > 0 ? p.copy() : nil
        softmax(p, shape)
        for tile in tiles(n, shape) {
          // forward: out = P · V; rows above a key do not see it
          let corner = tile.firstRow * n + tile.rows.lowerBound
          gemm(
            .yes, .no, tile.rows.count, width, n - tile.firstRow, p.pointer + corner, n,
            d + tile.firstRow * dOut.columns, dOut.columns, 1,
            dValue + tile.rows.lowerBound * stride, stride)
        }
        // forward: P = softmax(scale · scores)
        softmaxBackward(dP, p, shape)
        if let capped {
          sk_softCapBackward(dP.pointer, capped.pointer, Int64(n * n), shape.scale, shape.cap)
        }
        for tile in tiles(n, shape) {
          // forward: scores = Q · Kᵀ
          let (count, row) = (tile.rows.count, tile.rows.lowerBound)
          gemm(
            .no, .no, count, width, tile.keys, dP.pointer + row * n, n, key, stride, 1,
            dQuery + row * stride, stride)
          gemm(
            .yes, .no, count, width, n - tile.firstRow, dP.pointer + tile.firstRow * n + row, n,
            query + tile.firstRow * stride, stride, 1, dKey + row * stride, stride)
        }
      }
    }
  }

  /// Some positions, as queries and as keys.
  private struct Tile {
    let rows: Range<Int>
    /// Keys that its queries can see.
    let keys: Int
    /// The first query that can see its keys.
    let firstRow: Int
  }

  /// The positions of a sequence in tiles: half of all causal scores are zero and need no product.
  private func tiles(_ count: Int, _ shape: AttentionShape) -> [Tile] {
    guard shape.isCausal else { return [Tile(rows: 0..<count, keys: count, firstRow: 0)] }
    return stride(from: 0, to: count, by: 64).map { first in
      let end = min(first + 64, count)
      return Tile(rows: first..<end, keys: end, firstRow: first)
    }
  }

  /// Scales and bounds the scores of one head, `[n, n]`, where they have a bound.
  private func cap(_ scores: Tensor, _ shape: AttentionShape) {
    guard shape.cap > 0 else { return }
    sk_softCap(scores.pointer, Int64(scores.count), shape.scale, shape.cap)
  }

  /// In place on the scores of one head, `[n, n]`.
  private func softmax(_ scores: Tensor, _ shape: AttentionShape) {
    let n = Int64(scores.rows)
    if shape.isCausal {
      sk_causalSoftmax(scores.pointer, n, shape.factor, Int64(shape.window))
    } else {
      sk_softmax(scores.pointer, n, shape.scale)
    }
  }

  private func softmaxBackward(_ dP: Tensor, _ p: Tensor, _ shape: AttentionShape) {
    let n = Int64(p.rows)
    if shape.isCausal {
      sk_causalSoftmaxBackward(dP.pointer, p.pointer, n, shape.factor)
    } else {
      sk_softmaxBackward(dP.pointer, p.pointer, n, shape.scale)
    }
  }

  private struct Group {
    let rows: Range<Int>
    let group: Int
    let heads: Range<Int>
  }

  /// Calls `body` for every sequence and key/value head, in parallel: gradients of a key belong to one of them.
  private func forEachGroup(_ shape: AttentionShape, _ body: (Group) -> Void) {
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      parallelFor(shape.sequences.count * shape.keyValueHeads) { index in
        let group = index % shape.keyValueHeads
        body(
          Group(
            rows: shape.sequences[index / shape.keyValueHeads], group: group,
            heads: group * shape.group..<(group + 1) * shape.group))
      }
    }
  }

  private enum Transposed { case no, yes }

  /// `c [m, n] = op(a) · op(b) + beta · c`, on the calling thread.
  private func gemm(
    _ ta: Transposed, _ tb: Transposed, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>,
    _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int, _ beta: Float,
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int
  ) {
    sk_product(
      ta == .yes ? 1 : 0, tb == .yes ? 1 : 0, Int64(m), Int64(n), Int64(k), 1, a, Int64(aStride), b,
      Int64(bStride), beta, c, Int64(cStride), 0)
  }
}

extension AttentionShape {
  /// What softmax multiplies scores by: those that are capped have been scaled.
  fileprivate var factor: Float { cap > 0 ? 1 : scale }
}
