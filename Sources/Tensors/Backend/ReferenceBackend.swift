import Foundation

/// Plain loops with sums in double: readable, slow, and the oracle for every other backend.
package struct ReferenceBackend: ComputeBackend {
  package let name = "reference"
  package init() {}

  package func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix, alpha: Float, beta: Float) {
    let (m, k) = a.operandShape
    func element(_ x: Matrix, _ row: Int, _ column: Int) -> Double {
      Double(
        x.isTransposed
          ? x.pointer[column * x.stride + row] : x.pointer[row * x.stride + column])
    }
    for i in 0..<m {
      for j in 0..<c.columns {
        var sum = 0.0
        for l in 0..<k { sum += element(a, i, l) * element(b, l, j) }
        let old = beta == 0 ? 0 : Double(beta) * Double(c.pointer[i * c.stride + j])
        c.pointer[i * c.stride + j] = Float(Double(alpha) * sum + old)
      }
    }
  }

  package func rmsNorm(
    _ x: Tensor, gain: Tensor, epsilon: Float, out: Tensor, inverseRMS: Tensor
  ) {
    let width = x.columns
    for t in 0..<x.rows {
      let squares = (0..<width).reduce(0.0) { $0 + pow(Double(x[t * width + $1]), 2) }
      let s = 1 / (squares / Double(width) + Double(epsilon)).squareRoot()
      inverseRMS[t] = Float(s)
      for d in 0..<width {
        out[t * width + d] = Float(Double(x[t * width + d]) * s * Double(gain[d]))
      }
    }
  }

  package func rmsNormBackward(
    dOut: Tensor, x: Tensor, gain: Tensor, inverseRMS: Tensor, dx: Tensor, dGain: Tensor?
  ) {
    let width = x.columns
    for t in 0..<x.rows {
      let s = Double(inverseRMS[t])
      let along = (0..<width).reduce(0.0) {
        $0 + Double(gain[$1]) * Double(dOut[t * width + $1]) * Double(x[t * width + $1])
      }
      for d in 0..<width {
        let at = t * width + d
        // forward: out = x · s · gain, where s depends on every x of the row
        dx[at] += Float(
          s * Double(gain[d]) * Double(dOut[at]) - Double(x[at]) * s * s * s * along
            / Double(width))
        if let dGain { dGain[d] += Float(Double(dOut[at]) * Double(x[at]) * s) }
      }
    }
  }

  package func rotate(
    _ x: Matrix, heads: Int, tables: RotaryTables, positions: [Int32], inverse: Bool
  ) {
    let half = tables.halfWidth
    for t in 0..<x.rows {
      for h in 0..<heads {
        for i in 0..<half {
          let c = Double(tables.cosines[Int(positions[t]) * half + i])
          let s = Double(tables.sines[Int(positions[t]) * half + i]) * (inverse ? -1 : 1)
          let low = x.pointer + t * x.stride + h * (x.columns / heads) + i
          let (a, b) = (Double(low[0]), Double(low[half]))
          low[0] = Float(a * c - b * s)
          low[half] = Float(b * c + a * s)
        }
      }
    }
  }

  package func attention(_ queryKeyValue: Tensor, _ shape: AttentionShape, out: Tensor) {
    let x = queryKeyValue
    forEachHead(shape) { rows, head, key, value in
      for t in rows {
        let p = probabilities(x, shape, rows, t, head, key)
        for e in 0..<shape.width {
          let mixed = rows.reduce(0.0) {
            $0 + p[$1 - rows.lowerBound] * Double(x[$1 * x.columns + value + e])
          }
          out[t * out.columns + head + e] = Float(mixed)
        }
      }
    }
  }

  package func attentionBackward(
    dOut: Tensor, queryKeyValue: Tensor, _ shape: AttentionShape, dQueryKeyValue: Tensor
  ) {
    let (x, dx) = (queryKeyValue, dQueryKeyValue)
    dx.fill(0)
    forEachHead(shape) { rows, head, key, value in
      for t in rows {
        let p = probabilities(x, shape, rows, t, head, key)
        let d = (0..<shape.width).map { Double(dOut[t * dOut.columns + head + $0]) }
        let dP = rows.map { s in
          (0..<shape.width).reduce(0.0) { $0 + d[$1] * Double(x[s * x.columns + value + $1]) }
        }
        let along = zip(p, dP).reduce(0) { $0 + $1.0 * $1.1 }
        for s in rows {
          let index = s - rows.lowerBound
          var dScore = Double(shape.scale) * p[index] * (dP[index] - along)
          if shape.cap > 0 {
            // forward: score = cap · tanh(product / cap)
            let share = tanh(product(x, shape, t, s, head, key) / Double(shape.cap))
            dScore *= 1 - share * share
          }
          for e in 0..<shape.width {
            // forward: out = P · V, P = softmax(scale · Q · Kᵀ)
            dx[s * x.columns + value + e] += Float(p[index] * d[e])
            dx[t * x.columns + head + e] += Float(dScore * Double(x[s * x.columns + key + e]))
            dx[s * x.columns + key + e] += Float(dScore * Double(x[t * x.columns + head + e]))
          }
        }
      }
    }
  }

  /// Attention of row `t` over its sequence, zero where masked.
  private func probabilities(
    _ x: Tensor, _ shape: AttentionShape, _ rows: Range<Int>, _ t: Int, _ head: Int, _ key: Int
  ) -> [Double] {
    let scores = rows.map { s -> Double in
      guard s <= t || !shape.isCausal, shape.window == 0 || s > t - shape.window else {
        return -.infinity
      }
      let score = product(x, shape, t, s, head, key)
      return shape.cap > 0 ? Double(shape.cap) * tanh(score / Double(shape.cap)) : score
    }
    let top = scores.max() ?? 0
    let sum = scores.reduce(0) { $0 + exp($1 - top) }
    return scores.map { exp($0 - top) / sum }
  }

  /// Scaled product of a query and a key.
  private func product(
    _ x: Tensor, _ shape: AttentionShape, _ t: Int, _ s: Int, _ head: Int, _ key: Int
  ) -> Double {
    (0..<shape.width).reduce(0.0) {
      $0 + Double(x[t * x.columns + head + $1]) * Double(x[s * x.columns + key + $1])
    } * Double(shape.scale)
  }

  /// Calls `body` with a sequence's rows and the columns of a query head, its key and its value.
  private func forEachHead(_ shape: AttentionShape, _ body: (Range<Int>, Int, Int, Int) -> Void) {
    for rows in shape.sequences {
      for head in 0..<shape.heads {
        let group = head / shape.group
        body(rows, head * shape.width, shape.keyColumn(group), shape.valueColumn(group))
      }
    }
  }

  package func swiglu(_ gateUp: Tensor, out: Tensor) {
    let width = out.columns
    for t in 0..<out.rows {
      for f in 0..<width {
        let (g, u) = gateAndUp(gateUp, t, f, width)
        out[t * width + f] = Float(g / (1 + exp(-g)) * u)
      }
    }
  }

  package func swigluBackward(dOut: Tensor, gateUp: Tensor, dGateUp: Tensor) {
    let width = dOut.columns
    for t in 0..<dOut.rows {
      for f in 0..<width {
        let (g, u) = gateAndUp(gateUp, t, f, width)
        let s = 1 / (1 + exp(-g))
        let d = Double(dOut[t * width + f])
        // forward: out = g · σ(g) · u
        dGateUp[2 * t * width + f] = Float(d * u * s * (1 + g * (1 - s)))
        dGateUp[(2 * t + 1) * width + f] = Float(d * g * s)
      }
    }
  }

  private func gateAndUp(_ x: Tensor, _ t: Int, _ f: Int, _ width: Int) -> (Double, Double) {
    (Double(x[2 * t * width + f]), Double(x[(2 * t + 1) * width + f]))
  }

  package func add(_ x: Tensor, to out: Tensor) {
    for i in 0..<x.count { out[i] += x[i] }
  }

  package func adamW(
    parameter: Tensor, firstMoment: Tensor, secondMoment: Tensor, gradient: Tensor,
    settings: AdamWSettings, learningRate: Double, step: Int
  ) {
    for i in 0..<parameter.count {
      let g = Double(gradient[i])
      let m = settings.beta1 * Double(firstMoment[i]) + (1 - settings.beta1) * g
      let v = settings.beta2 * Double(secondMoment[i]) + (1 - settings.beta2) * g * g
      (firstMoment[i], secondMoment[i]) = (Float(m), Float(v))
      let mHat = m / (1 - pow(settings.beta1, Double(step)))
      let vHat = v / (1 - pow(settings.beta2, Double(step)))
      let decayed = Double(parameter[i]) * (1 - learningRate * settings.weightDecay)
      parameter[i] = Float(decayed - learningRate * mHat / (vHat.squareRoot() + settings.epsilon))
    }
  }
}
