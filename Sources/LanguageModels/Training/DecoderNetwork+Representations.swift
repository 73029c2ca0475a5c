import Tensors

extension DecoderNetwork {
  /// One forward and backward pass of a loss on the hidden states after several layers.
  ///
  /// - Returns: the loss, and how far the states after the last of the layers have moved.
  func representations(
    _ batch: WeightedTokens, adapters use: AdapterUse, _ loss: RepresentationLoss
  ) throws -> (value: Double, states: HiddenStates) {
    let (base, pass) = try forwardBoth(
      batch.input, adapters: use, depth: loss.depth, states: Set(loss.layers))
    var (total, gradients): (Double, [Int: Tensor]) = (0, [:])
    for layer in loss.layers {
      guard let states = pass.states[layer], let others = base.states[layer] else {
        preconditionFailure("the states after layer \(layer) were not kept")
      }
      let gradient = zeroGradient(of: pass)
      total += loss.add(states, base: others, weights: batch.weights, gradient: gradient)
      gradients[layer] = gradient
    }
    try backward(
      pass, dHidden: gradients.removeValue(forKey: pass.depth - 1) ?? zeroGradient(of: pass),
      dStates: gradients)
    return (total, HiddenStates(pass.hidden, base: base.hidden))
  }
}

extension RepresentationLoss {
  /// The share of one layer in the loss, and its gradient, written to `gradient`.
  ///
  /// - Parameters:
  ///   - hidden: `[T, D]`.
  ///   - weights: `[T]`.
  fileprivate func add(
    _ hidden: Tensor, base: Tensor, weights: [Float], gradient: Tensor
  ) -> Double {
    let width = hidden.columns
    var sum = 0.0
    for row in 0..<hidden.rows where weights[row] != 0 {
      let scale = weight * Double(weights[row]) / (total * Double(layers.count))
      let (x, y) = (hidden.pointer + row * width, base.pointer + row * width)
      let out = gradient.pointer + row * width
      switch measure {
      case .alignment: sum += scale * Self.alignment(x, y, width, scale, out)
      case .distance: sum += scale * Self.distance(x, y, width, scale, out)
      }
    }
    return sum
  }

  /// max(0, x·y / (|x||y|)); the gradient by x is (y/|y| − cosine · x/|x|) / |x|.
  private static func alignment(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ width: Int, _ scale: Double,
    _ out: UnsafeMutablePointer<Float>
  ) -> Double {
    var (dot, xx, yy) = (0.0, 0.0, 0.0)
    for index in 0..<width {
      let (a, b) = (Double(x[index]), Double(y[index]))
      dot += a * b
      xx += a * a
      yy += b * b
    }
    let (length, other) = (xx.squareRoot(), yy.squareRoot())
    guard dot > 0 else { return 0 }
    let cosine = dot / (length * other)
    for index in 0..<width {
      out[index] = Float(
        scale / length * (Double(y[index]) / other - cosine * Double(x[index]) / length))
    }
    return cosine
  }

  /// |x − y|; the gradient by x is (x − y)/|x − y|, and 0 where they are equal.
  private static func distance(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ width: Int, _ scale: Double,
    _ out: UnsafeMutablePointer<Float>
  ) -> Double {
    var squares = 0.0
    for index in 0..<width {
      let difference = Double(x[index]) - Double(y[index])
      squares += difference * difference
    }
    guard squares > 0 else { return 0 }
    let length = squares.squareRoot()
    for index in 0..<width {
      out[index] = Float(scale * (Double(x[index]) - Double(y[index])) / length)
    }
    return length
  }
}
