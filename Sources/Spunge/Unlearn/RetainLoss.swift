import LanguageModels
import Tensors

/// What holds the rest of the model where it was while it forgets; added to the forget loss.
package struct RetainLoss: Settings {
  package enum Kind: String, SettingsChoice {
    case none
    /// Next-token cross entropy on retain text.
    case nextToken = "next_token"
    /// KL(base ‖ model) of the next-token distributions on retain text.
    case divergence
    /// Mean squared distance between the hidden states of model and base after `layer`.
    case hiddenState = "hidden_state"
  }

  package var kind = Kind.none
  /// Factor on the retain loss, unitless.
  package var weight = 1.0
  /// With `hidden_state`: layer whose output is held, counted from 0.
  package var layer = 7

  package init() {}

  package init(_ kind: Kind, weight: Double = 1) {
    self.kind = kind
    self.weight = weight
  }

  package static let ranges: [String: SettingRange] = [
    "weight": .from(0, to: 1e30), "layer": .from(0, to: 4095),
  ]

  /// Adds the gradient of a batch's share in the mean over `total` predictions; returns that share of the loss.
  func add(
    _ batch: NextTokenBatch, to network: LlamaNetwork, adapters: AdapterUse, total: Double
  ) throws -> Double {
    guard kind != .none, !batch.targets.isEmpty else { return 0 }
    switch kind {
    case .none: return 0
    case .nextToken:
      return try network.trainNextToken(batch, scale: weight / total, adapters: adapters)
    case .divergence: return try divergence(batch, network, adapters, total: total)
    case .hiddenState: return try distance(batch, network, adapters, total: total)
    }
  }

  private func divergence(
    _ batch: NextTokenBatch, _ network: LlamaNetwork, _ adapters: AdapterUse, total: Double
  ) throws -> Double {
    let reference = try network.forwardBase(batch.input)
    let pass = try network.forward(batch.input, adapters: adapters)
    let dHidden = network.zeroGradient(of: pass)
    let scale = weight / total
    let values = try network.divergence(
      pass, from: reference, weights: batch.weights.map { Float(Double($0) * scale) },
      dHidden: dHidden)
    try network.backward(pass, dHidden: dHidden)
    return zip(batch.weights, values).reduce(0.0) { $0 + Double($1.0) * $1.1 } * scale
  }

  private func distance(
    _ batch: NextTokenBatch, _ network: LlamaNetwork, _ adapters: AdapterUse, total: Double
  ) throws -> Double {
    let still = try network.forwardBase(batch.input, depth: layer + 1)
    let pass = try network.forward(batch.input, adapters: adapters, depth: layer + 1)
    let dHidden = network.zeroGradient(of: pass)
    let width = pass.hidden.columns
    var sum = 0.0
    for row in 0..<pass.hidden.rows {
      let scale = weight * Double(batch.weights[row]) / (total * Double(width))
      for index in row * width..<(row + 1) * width {
        let difference = Double(pass.hidden[index]) - Double(still.hidden[index])
        sum += scale * difference * difference
        dHidden[index] = Float(2 * scale * difference)
      }
    }
    try network.backward(pass, dHidden: dHidden)
    return sum
  }
}
