import CKernels

extension CPUBackend {
  package func crossEntropy(_ logits: Tensor, targets: [Int32], weights: [Float]?) -> [Double] {
    let width = logits.columns
    check(targets, rows: logits.rows, vocabulary: width)
    precondition(weights.map { $0.count == targets.count } ?? true, "a weight for each target")
    var result = [Double](repeating: 0, count: targets.count)
    result.withUnsafeMutableBufferPointer { result in
      nonisolated(unsafe) let result = result
      inSmallTiles(logits.rows) { first, rows in
        targets.withUnsafeBufferPointer { targets in
          (weights ?? []).withUnsafeBufferPointer { given in
            guard let likelihood = result.baseAddress, let target = targets.baseAddress else {
              return
            }
            sk_crossEntropy(
              logits.pointer + first * width, likelihood + first, target + first,
              weights == nil ? nil : given.baseAddress.map { $0 + first }, Int64(rows), Int64(width)
            )
          }
        }
      }
    }
    return result
  }

  package func divergence(
    _ logits: Tensor, from reference: Tensor, weights: [Float]
  ) -> [Double] {
    let width = logits.columns
    precondition(
      reference.shape == logits.shape && weights.count == logits.rows,
      "divergence of \(logits.shape) from \(reference.shape), \(weights.count) weights")
    var result = [Double](repeating: 0, count: weights.count)
    result.withUnsafeMutableBufferPointer { result in
      nonisolated(unsafe) let result = result
      inSmallTiles(logits.rows) { first, rows in
        weights.withUnsafeBufferPointer { weights in
          guard let divergence = result.baseAddress, let weight = weights.baseAddress else {
            return
          }
          sk_divergence(
            logits.pointer + first * width, divergence + first,
            reference.pointer + first * width, weight + first, Int64(rows), Int64(width))
        }
      }
    }
    return result
  }

  package func dropout(_ x: Tensor, rate: Double, seed: UInt64, out: Tensor, accumulate: Bool) {
    precondition(x.count == out.count, "dropout of \(x.shape) into \(out.shape)")
    inStretches(x.count) { first, count in
      sk_dropout(
        out.pointer + first, x.pointer + first, Int64(first), Int64(count), seed, rate,
        accumulate ? 1 : 0)
    }
  }

  package func squaredNorm(_ x: Tensor) -> Double { sk_squaredNorm(x.pointer, Int64(x.count)) }

  package func scale(_ x: Tensor, by factor: Float) {
    sk_scale(x.pointer, Int64(x.count), factor)
  }

  package func muon(
    _ parameters: [(value: Tensor, buffer: Tensor, gradient: Tensor)], momentum: Double,
    learningRate: Double
  ) {
    nonisolated(unsafe) let parameters = parameters
    // One matrix per work item, the largest first, so that threads finish together.
    let order = parameters.indices.sorted {
      parameters[$0].value.count > parameters[$1].value.count
    }
    parallelFor(order.count) { item in
      let (value, buffer, gradient) = parameters[order[item]]
      let update = Tensor(value.shape)
      sk_nesterov(
        update.pointer, buffer.pointer, gradient.pointer, Int64(value.count), Float(momentum))
      let direction = orthogonalized(update)
      let stretch = max(1, Double(value.rows) / Double(max(value.columns, 1))).squareRoot()
      sk_addScaled(
        value.pointer, direction.pointer, Float(-learningRate * stretch), Int64(value.count))
    }
  }

  /// Newton–Schulz iteration on the smaller side's Gram matrix, on the calling thread.
  private func orthogonalized(_ update: Tensor) -> Tensor {
    let (rows, columns) = (update.rows, update.columns)
    let isTall = rows > columns
    let side = min(rows, columns)
    let norm = squaredNorm(update).squareRoot() + 1e-7
    scale(update, by: Float(1 / norm))
    let (gram, polynomial) = (Tensor([side, side]), Tensor([side, side]))
    var (x, next) = (update, Tensor(update.shape))
    let (a, b, c) = NewtonSchulz.coefficients
    for _ in 0..<NewtonSchulz.steps {
      // A = X·Xᵀ (or Xᵀ·X);  X = a·X + (b·A + c·A²)·X (or from the right). A is symmetric, hence A² = A·Aᵀ.
      let operand = Matrix(x)
      square(isTall ? operand.transposed : operand, 1, 0, into: gram)
      _ = polynomial.elements.update(fromContentsOf: gram.elements)
      square(Matrix(gram), c, b, into: polynomial)
      _ = next.elements.update(fromContentsOf: x.elements)
      let (left, right) = isTall ? (x, polynomial) : (polynomial, x)
      sk_product(
        0, 0, Int64(rows), Int64(columns), Int64(side), 1, left.pointer, Int64(left.columns),
        right.pointer, Int64(right.columns), a, next.pointer, Int64(columns), 0)
      swap(&x, &next)
    }
    return x
  }

  /// `out = alpha · x · xᵀ + beta · out`, symmetric: the upper half is computed, then copied.
  private func square(_ x: Matrix, _ alpha: Float, _ beta: Float, into out: Tensor) {
    let (side, depth) = x.operandShape
    for first in stride(from: 0, to: side, by: 64) {
      let count = min(64, side - first)
      let start = x.pointer + (x.isTransposed ? first : first * x.stride)
      sk_product(
        x.isTransposed ? 1 : 0, x.isTransposed ? 0 : 1, Int64(count), Int64(side - first),
        Int64(depth), alpha, start, Int64(x.stride), start, Int64(x.stride), beta,
        out.pointer + first * side + first, Int64(side), 0)
    }
    let elements = out.elements
    for row in 1..<max(side, 1) {
      for column in 0..<row { elements[row * side + column] = elements[column * side + row] }
    }
  }

  /// Rows as wide as the vocabulary are long, so a work item has only a few of them.
  private func inSmallTiles(_ rows: Int, _ body: (Int, Int) -> Void) {
    let tile = 8
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      parallelFor((rows + tile - 1) / tile) { item in
        body(item * tile, min(tile, rows - item * tile))
      }
    }
  }

  private func check(_ targets: [Int32], rows: Int, vocabulary: Int) {
    precondition(targets.count == rows, "\(targets.count) targets for \(rows) rows")
    precondition(
      targets.allSatisfy { (0..<vocabulary).contains(Int($0)) },
      "a target outside the vocabulary of \(vocabulary)")
  }
}
