import CKernels
import COpenBLAS

extension OpenBLASBackend {
  package func attention(_ queryKeyValue: Tensor, _ shape: AttentionShape, out: Tensor) {
    forEachGroup(shape) { item in
      let n = item.rows.count
      let p = Tensor([n, n])
      let stride = shape.columns
      let rows = queryKeyValue.pointer + item.rows.lowerBound * stride
      for head in item.heads {
        // scores = Q · Kᵀ;  out = softmax(scores) · V
        gemm(
          .no, .yes, n, n, shape.width, rows + head * shape.width, stride,
          rows + shape.keyColumn(item.group), stride, 0, p.pointer, n)
        softmax(p, shape)
        gemm(
          .no, .no, n, shape.width, n, p.pointer, n, rows + shape.valueColumn(item.group), stride,
          0,
          out.pointer + item.rows.lowerBound * out.columns + head * shape.width, out.columns)
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
      let stride = shape.columns
      let rows = queryKeyValue.pointer + item.rows.lowerBound * stride
      let dRows = dQueryKeyValue.pointer + item.rows.lowerBound * stride
      let (key, value) = (shape.keyColumn(item.group), shape.valueColumn(item.group))
      for head in item.heads {
        let query = head * shape.width
        let d = dOut.pointer + item.rows.lowerBound * dOut.columns + query
        gemm(
          .no, .yes, n, n, shape.width, rows + query, stride, rows + key, stride, 0, p.pointer, n)
        softmax(p, shape)
        // forward: out = P · V
        gemm(.yes, .no, n, shape.width, n, p.pointer, n, d, dOut.columns, 1, dRows + value, stride)
        gemm(.no, .yes, n, n, shape.width, d, dOut.columns, rows + value, stride, 0, dP.pointer, n)
        // forward: P = softmax(scale · scores)
        softmaxBackward(dP, p, shape)
        // forward: scores = Q · Kᵀ
        gemm(
          .no, .no, n, shape.width, n, dP.pointer, n, rows + key, stride, 1, dRows + query, stride)
        gemm(
          .yes, .no, n, shape.width, n, dP.pointer, n, rows + query, stride, 1, dRows + key, stride)
      }
    }
  }

  /// In place on the scores of one head, `[n, n]`.
  private func softmax(_ scores: Tensor, _ shape: AttentionShape) {
    let n = Int64(scores.rows)
    if shape.isCausal {
      sk_causalSoftmax(scores.pointer, n, shape.scale, Int64(shape.window))
    } else {
      sk_softmax(scores.pointer, n, shape.scale)
    }
  }

  private func softmaxBackward(_ dP: Tensor, _ p: Tensor, _ shape: AttentionShape) {
    let n = Int64(p.rows)
    if shape.isCausal {
      sk_causalSoftmaxBackward(dP.pointer, p.pointer, n, shape.scale)
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
    cblas_sgemm(
      CblasRowMajor, ta == .yes ? CblasTrans : CblasNoTrans, tb == .yes ? CblasTrans : CblasNoTrans,
      Int32(m), Int32(n), Int32(k), 1, a, Int32(aStride), b, Int32(bStride), beta, c, Int32(cStride)
    )
  }
}
