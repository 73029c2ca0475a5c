import Foundation

extension ReferenceBackend {
  package func layerNorm(
    _ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float, out: Tensor, mean: Tensor,
    inverseDeviation: Tensor
  ) {
    let width = x.columns
    for t in 0..<x.rows {
      let row = (0..<width).map { Double(x[t * width + $0]) }
      let m = row.reduce(0, +) / Double(width)
      let variance = row.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(width)
      let s = 1 / (variance + Double(epsilon)).squareRoot()
      (mean[t], inverseDeviation[t]) = (Float(m), Float(s))
      for d in 0..<width {
        out[t * width + d] = Float((row[d] - m) * s * Double(gain[d]) + Double(bias[d]))
      }
    }
  }

  package func layerNormBackward(
    dOut: Tensor, x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor, dx: Tensor,
    dGain: Tensor, dBias: Tensor
  ) {
    let width = x.columns
    for t in 0..<x.rows {
      let s = Double(inverseDeviation[t])
      // forward: out = n · gain + bias, n = (x − mean) · s
      let n = (0..<width).map { (Double(x[t * width + $0]) - Double(mean[t])) * s }
      let g = (0..<width).map { Double(gain[$0]) * Double(dOut[t * width + $0]) }
      let level = g.reduce(0, +) / Double(width)
      let slope = zip(g, n).reduce(0) { $0 + $1.0 * $1.1 } / Double(width)
      for d in 0..<width {
        dx[t * width + d] += Float(s * (g[d] - level - n[d] * slope))
        dGain[d] += Float(Double(dOut[t * width + d]) * n[d])
        dBias[d] += dOut[t * width + d]
      }
    }
  }

  package func gelu(_ x: Tensor, out: Tensor) {
    for i in 0..<x.count { out[i] = Float(Double(x[i]) * normalDistribution(Double(x[i]))) }
  }

  package func geluBackward(dOut: Tensor, x: Tensor, dx: Tensor) {
    for i in 0..<x.count {
      let value = Double(x[i])
      // forward: out = x · Φ(x)
      let density = exp(-value * value / 2) / (2 * Double.pi).squareRoot()
      dx[i] = Float(Double(dOut[i]) * (normalDistribution(value) + value * density))
    }
  }

  private func normalDistribution(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
}
