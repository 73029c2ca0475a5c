import Foundation

extension ReferenceBackend {
  package func crossEntropy(_ logits: Tensor, targets: [Int32], weights: [Float]?) -> [Double] {
    let width = logits.columns
    return targets.indices.map { t in
      let (probabilities, logSum) = softmax(logits, row: t)
      let chosen = Int(targets[t])
      let result = Double(logits[t * width + chosen]) - logSum
      if let weights {
        // loss = −weight · log softmax(row)[target]
        for v in 0..<width {
          let gradient = probabilities[v] - (v == chosen ? 1 : 0)
          logits[t * width + v] = Float(Double(weights[t]) * gradient)
        }
      }
      return result
    }
  }

  package func divergence(
    _ logits: Tensor, from reference: Tensor, weights: [Float]
  ) -> [Double] {
    let width = logits.columns
    return weights.indices.map { t in
      let (q, logSumQ) = softmax(logits, row: t)
      let (p, logSumP) = softmax(reference, row: t)
      var result = 0.0
      for v in 0..<width {
        let at = t * width + v
        result += p[v] * (Double(reference[at]) - logSumP - Double(logits[at]) + logSumQ)
      }
      for v in 0..<width { logits[t * width + v] = Float(Double(weights[t]) * (q[v] - p[v])) }
      return result
    }
  }

  /// Probabilities of one row, and log Σ exp.
  private func softmax(_ logits: Tensor, row: Int) -> (probabilities: [Double], logSum: Double) {
    let width = logits.columns
    let values = (0..<width).map { Double(logits[row * width + $0]) }
    let top = values.max() ?? 0
    let logSum = top + log(values.reduce(0) { $0 + exp($1 - top) })
    return (values.map { exp($0 - logSum) }, logSum)
  }

  package func dropout(_ x: Tensor, rate: Double, seed: UInt64, out: Tensor, accumulate: Bool) {
    for index in 0..<x.count {
      var z = seed &+ (UInt64(index) + 1) &* 0x9e37_79b9_7f4a_7c15
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      let survives = Double((z ^ (z >> 31)) >> 32) >= (rate * 0x1p32).rounded(.down)
      let value = survives ? Float(Double(x[index]) / (1 - rate)) : 0
      out[index] = accumulate ? out[index] + value : value
    }
  }

  package func squaredNorm(_ x: Tensor) -> Double {
    x.elements.reduce(0) { $0 + Double($1) * Double($1) }
  }

  package func scale(_ x: Tensor, by factor: Float) {
    for index in 0..<x.count { x[index] *= factor }
  }

  package func muon(
    _ parameters: [(value: Tensor, buffer: Tensor, gradient: Tensor)], momentum: Double,
    learningRate: Double
  ) {
    for (value, buffer, gradient) in parameters {
      var update = Tensor(value.shape)
      for index in 0..<value.count {
        let g = Double(gradient[index])
        let moment = momentum * Double(buffer[index]) + (1 - momentum) * g
        buffer[index] = Float(moment)
        update[index] = Float(momentum * moment + (1 - momentum) * g)
      }
      scale(update, by: Float(1 / (squaredNorm(update).squareRoot() + 1e-7)))
      let (a, b, c) = NewtonSchulz.coefficients
      for _ in 0..<NewtonSchulz.steps {
        // X = a·X + b·(X·Xᵀ)·X + c·(X·Xᵀ)²·X
        let gram = Tensor([value.rows, value.rows])
        let (first, second) = (Tensor(value.shape), update.copy())
        multiply(Matrix(update), Matrix(update).transposed, into: Matrix(gram), alpha: 1, beta: 0)
        multiply(Matrix(gram), Matrix(update), into: Matrix(first), alpha: 1, beta: 0)
        multiply(Matrix(gram), Matrix(first), into: Matrix(second), alpha: c, beta: a)
        for index in 0..<second.count { second[index] += b * first[index] }
        update = second
      }
      let stretch = max(1, Double(value.rows) / Double(max(value.columns, 1))).squareRoot()
      for index in 0..<value.count {
        value[index] -= Float(learningRate * stretch * Double(update[index]))
      }
    }
  }
}
