import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// The hand-written backward pass of a decoder block against finite differences of a forward pass in double.
@Suite struct BlockGradientTests {
  @Test(arguments: [0, 3]) func everyParameterAndTheInput(window: Int) throws {
    let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    var configuration = folder.configuration
    configuration.slidingWindows = configuration.slidingWindows.map { _ in
      window == 0 ? nil : window
    }
    let checkpoint = folder.checkpoint
    let parts = LlamaBlock.Part.allCases
    let block = try LlamaBlock(index: 1, checkpoint: checkpoint)
    let batch = TokenBatch([[1, 2, 3, 4, 5, 6], [7, 8, 9]])
    var random = RandomSource(seed: 5)
    let (x, direction) = (Tensor([9, 64]), Tensor([9, 64]))
    for index in 0..<x.count {
      x[index] = Float.random(in: -1..<1, using: &random)
      direction[index] = Float.random(in: -1..<1, using: &random)
    }
    // loss = Σ direction ∘ block(x)
    let runner = BlockRunner(
      configuration: configuration, backend: CPUBackend(), positions: 6)
    var kept: BlockActivations?
    _ = runner.forward(block, x, batch) { kept = $0 }
    let gradients = BlockGradients(block, parts: parts)
    let activations = try #require(kept)
    let backward = runner.backward(
      block, activations, batch, dOut: direction, gradients: gradients, needsInput: true)
    let dx = try #require(backward)

    var double = DoubleBlock(configuration, block, batch)
    func check(_ analytic: Tensor, _ name: String, _ path: WritableKeyPath<DoubleBlock, [Double]>) {
      for probe in 0..<12 {
        let index = probe * 7919 % analytic.count
        let (original, step) = (double[keyPath: path][index], 1e-5)
        double[keyPath: path][index] = original + step
        let above = double.loss(direction)
        double[keyPath: path][index] = original - step
        let below = double.loss(direction)
        double[keyPath: path][index] = original
        expectClose(
          Double(analytic[index]), (above - below) / (2 * step), absolute: 2e-5, relative: 1e-4,
          "\(name)[\(index)]")
      }
    }
    double.x = x.values.map(Double.init)
    check(dx, "x", \.x)
    for part in parts {
      check(try #require(gradients[part]), part.rawValue, \.[dynamic: part])
    }
  }
}

/// One decoder block written once more, in double and with plain loops.
private struct DoubleBlock {
  let configuration: LlamaConfiguration
  let batch: TokenBatch
  var weights: [LlamaBlock.Part: [Double]] = [:]
  var x: [Double] = []

  init(_ configuration: LlamaConfiguration, _ block: LlamaBlock, _ batch: TokenBatch) {
    self.configuration = configuration
    self.batch = batch
    for part in LlamaBlock.Part.allCases { weights[part] = block[part].values.map(Double.init) }
  }

  subscript(dynamic part: LlamaBlock.Part) -> [Double] {
    get { weights[part] ?? [] }
    set { weights[part] = newValue }
  }

  func loss(_ direction: Tensor) -> Double {
    zip(forward(), direction.values).reduce(0) { $0 + $1.0 * Double($1.1) }
  }

  private func forward() -> [Double] {
    let c = configuration
    let rows = batch.tokens.count
    let normal = norm(x, self[dynamic: .attentionGain])
    var q = product(normal, .query, c.headCount * c.headWidth)
    var k = product(normal, .key, c.keyValueHeadCount * c.headWidth)
    let v = product(normal, .value, c.keyValueHeadCount * c.headWidth)
    rotate(&q, c.headCount)
    rotate(&k, c.keyValueHeadCount)
    let attended = attention(q, k, v)
    let middle = zip(x, product(attended, .output, c.hiddenSize)).map(+)
    let normal2 = norm(middle, self[dynamic: .feedForwardGain])
    let gate = product(normal2, .gate, c.feedForwardSize)
    let up = product(normal2, .up, c.feedForwardSize)
    let activated = zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }
    let out = product(activated, .down, c.hiddenSize)
    precondition(out.count == rows * c.hiddenSize)
    return zip(middle, out).map(+)
  }

  private func norm(_ x: [Double], _ gain: [Double]) -> [Double] {
    let width = gain.count
    return x.indices.map { index in
      let row = index / width * width
      let squares = x[row..<row + width].reduce(0) { $0 + $1 * $1 }
      return x[index] * gain[index % width]
        / (squares / Double(width) + configuration.normEpsilon).squareRoot()
    }
  }

  private func product(_ x: [Double], _ part: LlamaBlock.Part, _ width: Int) -> [Double] {
    let w = self[dynamic: part]
    let k = w.count / width
    return (0..<x.count / k * width).map { at in
      (0..<k).reduce(0) { $0 + x[at / width * k + $1] * w[at % width * k + $1] }
    }
  }

  private func rotate(_ x: inout [Double], _ heads: Int) {
    let half = configuration.headWidth / 2
    for row in batch.positions.indices {
      for head in 0..<heads {
        for i in 0..<half {
          let angle = Double(Float(batch.positions[row]) * configuration.inverseFrequencies[i])
          let at = (row * heads + head) * 2 * half + i
          let (a, b) = (x[at], x[at + half])
          x[at] = a * cos(angle) - b * sin(angle)
          x[at + half] = b * cos(angle) + a * sin(angle)
        }
      }
    }
  }

  private func attention(_ q: [Double], _ k: [Double], _ v: [Double]) -> [Double] {
    let c = configuration
    let (h, g, e) = (c.headCount, c.keyValueHeadCount, c.headWidth)
    let window = c.slidingWindows[1] ?? 0
    var out = [Double](repeating: 0, count: batch.tokens.count * h * e)
    for rows in batch.sequences {
      for t in rows {
        for head in 0..<h {
          let kv = head / (h / g)
          let from = window > 0 ? max(rows.lowerBound, t - window + 1) : rows.lowerBound
          let scores = (from...t).map { s in
            (0..<e).reduce(0) { $0 + q[(t * h + head) * e + $1] * k[(s * g + kv) * e + $1] }
              / Double(e).squareRoot()
          }
          let total = scores.reduce(0) { $0 + exp($1) }
          for (offset, score) in scores.enumerated() {
            for i in 0..<e {
              out[(t * h + head) * e + i] +=
                exp(score) / total * v[((from + offset) * g + kv) * e + i]
            }
          }
        }
      }
    }
    return out
  }
}
