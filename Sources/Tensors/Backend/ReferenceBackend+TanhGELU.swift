import Foundation

extension ReferenceBackend {
  package func geluTanh(_ x: Tensor, out: Tensor) {
    for i in 0..<x.count { out[i] = Float(gelu(Double(x[i])).value) }
  }

  package func geluTanhBackward(dOut: Tensor, x: Tensor, dx: Tensor) {
    for i in 0..<x.count { dx[i] = Float(Double(dOut[i]) * gelu(Double(x[i])).slope) }
  }

  package func geglu(_ gateUp: Tensor, out: Tensor) {
    let width = out.columns
    for t in 0..<out.rows {
      for f in 0..<width {
        let (gate, up) = (gateUp[2 * t * width + f], gateUp[(2 * t + 1) * width + f])
        out[t * width + f] = Float(gelu(Double(gate)).value * Double(up))
      }
    }
  }

  package func gegluBackward(dOut: Tensor, gateUp: Tensor, dGateUp: Tensor) {
    let width = dOut.columns
    for t in 0..<dOut.rows {
      for f in 0..<width {
        let (gate, up) = (2 * t * width + f, (2 * t + 1) * width + f)
        let (d, g) = (Double(dOut[t * width + f]), gelu(Double(gateUp[gate])))
        // forward: out = gelu(gate) · up
        dGateUp[gate] = Float(d * Double(gateUp[up]) * g.slope)
        dGateUp[up] = Float(d * g.value)
      }
    }
  }

  package func softCap(_ x: Tensor, cap: Float) {
    for i in 0..<x.count { x[i] = Float(Double(cap) * tanh(Double(x[i]) / Double(cap))) }
  }

  package func softCapBackward(_ d: Tensor, capped: Tensor, cap: Float) {
    for i in 0..<d.count {
      let share = Double(capped[i]) / Double(cap)
      d[i] = Float(Double(d[i]) * (1 - share * share))
    }
  }

  private func gelu(_ x: Double) -> (value: Double, slope: Double) {
    let factor = (2 / Double.pi).squareRoot()
    let t = tanh(factor * (x + 0.044715 * x * x * x))
    return (
      x * (1 + t) / 2,
      (1 + t) / 2 + x * (1 - t * t) / 2 * factor * (1 + 3 * 0.044715 * x * x)
    )
  }
}
