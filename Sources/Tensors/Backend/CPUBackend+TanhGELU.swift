import CKernels

/// What some decoders have besides Llama's operations.
extension CPUBackend {
  package func geluTanh(_ x: Tensor, out: Tensor) {
    precondition(x.count == out.count, "gelu of \(x.shape) into \(out.shape)")
    inRowTiles(x.rows) { first, rows in
      sk_geluTanh(
        out.pointer + first * x.columns, x.pointer + first * x.columns, Int64(rows * x.columns))
    }
  }

  package func geluTanhBackward(dOut: Tensor, x: Tensor, dx: Tensor) {
    inRowTiles(x.rows) { first, rows in
      let start = first * x.columns
      sk_geluTanhBackward(
        dx.pointer + start, dOut.pointer + start, x.pointer + start, Int64(rows * x.columns))
    }
  }

  package func geglu(_ gateUp: Tensor, out: Tensor) {
    inRowTiles(out.rows) { first, rows in
      sk_geglu(
        out.pointer + first * out.columns, gateUp.pointer + 2 * first * out.columns, Int64(rows),
        Int64(out.columns))
    }
  }

  package func gegluBackward(dOut: Tensor, gateUp: Tensor, dGateUp: Tensor) {
    let width = dOut.columns
    inRowTiles(dOut.rows) { first, rows in
      sk_gegluBackward(
        dGateUp.pointer + 2 * first * width, dOut.pointer + first * width,
        gateUp.pointer + 2 * first * width, Int64(rows), Int64(width))
    }
  }

  package func softCap(_ x: Tensor, cap: Float) {
    inStretches(x.count) { first, count in sk_softCap(x.pointer + first, Int64(count), 1, cap) }
  }

  package func softCapBackward(_ d: Tensor, capped: Tensor, cap: Float) {
    inStretches(d.count) { first, count in
      sk_softCapBackward(d.pointer + first, capped.pointer + first, Int64(count), 1, cap)
    }
  }
}
