import CKernels

extension CPUBackend {
  package func layerNorm(
    _ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float, out: Tensor, mean: Tensor,
    inverseDeviation: Tensor
  ) {
    let width = x.columns
    inRowTiles(x.rows) { first, rows in
      sk_layerNorm(
        out.pointer + first * width, mean.pointer + first, inverseDeviation.pointer + first,
        x.pointer + first * width, gain.pointer, bias.pointer, epsilon, Int64(rows), Int64(width))
    }
  }

  package func layerNormBackward(
    dOut: Tensor, x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor, dx: Tensor,
    dGain: Tensor, dBias: Tensor
  ) {
    let width = x.columns
    let tiles = rowTiles(x.rows)
    // Each tile sums the gradients of gain and bias for itself; the sums are added in order.
    let partial = Tensor([tiles, 2 * width])
    inRowTiles(x.rows) { first, rows in
      let sums = partial.pointer + rowTiles(first) * 2 * width
      sk_layerNormBackward(
        dx.pointer + first * width, sums, sums + width, dOut.pointer + first * width,
        x.pointer + first * width, gain.pointer, mean.pointer + first,
        inverseDeviation.pointer + first, Int64(rows), Int64(width))
    }
    for tile in 0..<tiles {
      let sums = partial.pointer + tile * 2 * width
      sk_add(dGain.pointer, sums, Int64(width))
      sk_add(dBias.pointer, sums + width, Int64(width))
    }
  }

  package func gelu(_ x: Tensor, out: Tensor) {
    precondition(x.count == out.count, "gelu of \(x.shape) into \(out.shape)")
    inRowTiles(x.rows) { first, rows in
      sk_gelu(
        out.pointer + first * x.columns, x.pointer + first * x.columns, Int64(rows * x.columns))
    }
  }

  package func geluBackward(dOut: Tensor, x: Tensor, dx: Tensor) {
    inRowTiles(x.rows) { first, rows in
      let start = first * x.columns
      sk_geluBackward(
        dx.pointer + start, dOut.pointer + start, x.pointer + start, Int64(rows * x.columns))
    }
  }
}
