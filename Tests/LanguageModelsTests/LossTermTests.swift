import Foundation
import Tensors
import TestSupport
import Testing

@testable import LanguageModels

/// Losses of single tokens, pairs and hidden states: values of torch, and gradients against finite differences.
@Suite struct LossTermTests {
  private static let rows: [[Int32]] = [[1, 9, 4, 7, 2, 30], [5, 3, 17], [8, 8]]
  private static let batch = NextTokenBatch(rows)

  /// A network with trained parameters a little off the base's.
  private func network(_ training: TrainableParameters = .all) throws -> DecoderNetwork {
    let configuration = DecoderConfiguration(
      architecture: .llama, hiddenSize: 16, feedForwardSize: 24, layerCount: 3, headCount: 4,
      keyValueHeadCount: 2, headWidth: 4, vocabularySize: 40, normEpsilon: 1e-5,
      rotary: DecoderConfiguration.Rotary(theta: 1e4), contextLength: 16, tiesEmbeddings: false)
    let random = RandomSource(seed: 3)
    let network = try DecoderNetwork(
      configuration: configuration,
      base: WeightInitialization.normal(deviation: 0.4).checkpoint(configuration, random: random),
      training: training, random: random)
    var noise = random.child(named: "noise")
    for parameter in network.parameters {
      for index in 0..<parameter.value.count {
        parameter.value[index] += Float.random(in: -0.05..<0.05, using: &noise)
      }
    }
    return network
  }

  /// Moves each parameter along its gradient both ways and compares the slope of the loss.
  ///
  /// - Parameter step: length of the way; shorter where the loss is steep and bends.
  private func check(
    _ kind: LossTerm.Kind, _ training: TrainableParameters = .all, step: Double = 4e-3
  ) throws {
    let network = try network(training)
    func value() throws -> Double { try network.accumulateGradients(LossTerm(kind)).value }
    network.parameters.forEach { $0.gradient.fill(0) }
    _ = try value()
    let gradients = network.parameters.map { $0.gradient.copy() }
    let norms = gradients.map { gradient in
      gradient.elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    let largest = norms.max() ?? 0
    var moving = 0
    // Small slopes drown in the rounding of the loss.
    for (parameter, (gradient, norm)) in zip(network.parameters, zip(gradients, norms))
    where norm > max(0.05 * largest, 0.02) {
      moving += 1
      let original = parameter.value.copy()
      func moved(_ step: Double) throws -> Double {
        for index in 0..<original.count {
          parameter.value[index] = original[index] + Float(step / norm) * gradient[index]
        }
        return try value()
      }
      let slope = (try moved(step) - moved(-step)) / (2 * step)
      _ = parameter.value.elements.update(fromContentsOf: original.elements)
      expectClose(slope, norm, absolute: 1e-3, relative: 2e-2, parameter.name)
    }
    #expect(moving > 2)
  }

  @Test func softTargetsOfTheBase() throws {
    try check(.softTargets(Self.batch, scale: 0.5, SoftTarget(source: .base, lowering: 2)))
  }

  /// Drawn to its own prediction a model stays; cross entropy is then the entropy.
  @Test func softTargetsOfTheModel() throws {
    let network = try network()
    let batch = Self.batch
    let same = LossTerm(.softTargets(batch, scale: 1, SoftTarget(source: .model, lowering: 0)))
    let value = try network.accumulateGradients(same).value
    for parameter in network.parameters {
      #expect(parameter.gradient.values.allSatisfy { abs($0) < 1e-5 }, "\(parameter.name)")
    }
    var entropy = 0.0
    let pass = try network.forward(batch.input)
    try network.forEachLogits(
      of: pass, rows: Array(batch.targets.indices), dHidden: nil
    ) { _, logits in
      for row in 0..<logits.rows {
        let values = (0..<logits.columns).map { exp(Double(logits[row * logits.columns + $0])) }
        let sum = values.reduce(0, +)
        entropy -= values.reduce(0) { $0 + $1 / sum * log($1 / sum) }
      }
    }
    expectClose(value, entropy, absolute: 0, relative: 1e-5)
  }

  @Test func flatness() throws {
    try check(
      .flatness(WeightedTokens(Self.batch.input, weights: [1, 0, 0.5, 1, 1, 2, 1, 1]), scale: 0.1))
  }

  @Test(arguments: [RepresentationLoss.Measure.alignment, .distance])
  func representations(measure: RepresentationLoss.Measure) throws {
    let loss = RepresentationLoss(layers: [0, 2], measure: measure, weight: 20, total: 7)
    let batch = WeightedTokens(Self.batch.input, weights: [1, 0, 0.5, 1, 1, 2, 1, 1])
    try check(.representations(batch, loss), .full(["model.layers.*"]), step: 1e-3)
    // The embedding is below all layers, and with factors the base is computed without them.
    try check(
      .representations(batch, loss), .full(["model.embed_tokens.weight", "model.layers.1.*"]),
      step: 1e-3)
    try check(
      .representations(batch, loss), .lora(LoRASettings(rank: 2, targets: ["all-linear"])),
      step: 1e-3)
  }

  @Test func pairs() throws {
    let batch = NextTokenBatch(Self.rows + [[7, 6, 5, 4]])
    try check(
      .pairs(batch, count: 2) { first, second in
        let x = 0.3 * (second.logLikelihood - second.baseLogLikelihood)
        let y = 0.2 * (first.logLikelihood - first.baseLogLikelihood)
        return (x * y + x * x, (0.2 * x, 0.3 * y + 0.6 * x))
      })
  }

  /// A factor that does not depend on the probability only scales; one that does weighs token by token.
  @Test func reweighted() throws {
    let (network, batch) = (try network(), Self.batch)
    let plain = try network.accumulateGradients(LossTerm(.nextToken(batch, scale: 0.3)))
    let gradients = network.parameters.map { $0.gradient.copy() }
    network.parameters.forEach { $0.gradient.fill(0) }
    let same = try network.accumulateGradients(
      LossTerm(.reweighted(batch, scale: 0.1) { _ in 3 }))
    expectClose(same.value, plain.value, absolute: 0, relative: 1e-6)
    for (parameter, gradient) in zip(network.parameters, gradients) {
      expectClose(
        parameter.gradient.values, gradient.values, absolute: 1e-6, relative: 1e-4, parameter.name)
    }
    let likelihoods = try network.logLikelihoods(
      try network.forward(batch.input), targets: batch.targets, weights: batch.weights)
    let weighted = try network.accumulateGradients(
      LossTerm(.reweighted(batch, scale: 2) { $0 * $0 }))
    expectClose(
      weighted.value, -likelihoods.reduce(0) { $0 + 2 * exp(2 * $1) * $1 }, absolute: 0,
      relative: 1e-5)
  }

  /// Losses of the hidden states of a model off its base, by torch.
  @Test(arguments: ["alignment", "distance"]) func representationsByTorch(kind: String) throws {
    let fixture = try Fixtures.json("goldens/unlearning.json")
    let golden = try #require((fixture["representations"] as? [String: [String: Any]])?[kind])
    let rows = try #require(fixture["forget"] as? [[Any]]).map { pair in
      try #require(pair[0] as? [Int]).map { Int32($0) }
    }
    let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    let network = try DecoderNetwork(
      configuration: folder.configuration, base: folder.checkpoint,
      training: .full(["model.layers.*"]), random: RandomSource(seed: 1))
    for parameter in network.parameters {
      for index in 0..<parameter.value.count {
        parameter.value[index] = Float(
          Double(parameter.value[index]) * (1 + 0.01 * Double(index % 7 - 3)))
      }
    }
    let batch = NextTokenBatch(rows).whole
    #expect(batch.input.tokens == rows.flatMap(\.self))
    let (value, _) = try network.accumulateGradients(
      LossTerm(
        .representations(
          batch,
          RepresentationLoss(
            layers: try #require(golden["layers"] as? [Int]),
            measure: kind == "alignment" ? .alignment : .distance, weight: 1,
            total: batch.totalWeight))))
    expectClose(value, try #require(golden["value"] as? Double), absolute: 0, relative: 1e-5)
    let gradients = try #require(golden["changes"] as? [String: [String: Any]])
    #expect(gradients.count == 4)
    for (name, expected) in gradients {
      let values = try #require(network.parameters.first { $0.name == name }).gradient.values
      let (norm, stride) = (
        try #require(expected["norm"] as? Double), try #require(expected["stride"] as? Int)
      )
      for (place, sample) in try #require(expected["values"] as? [Double]).enumerated() {
        expectClose(
          Double(values[place * stride]), sample, absolute: 1e-5 * norm, relative: 1e-3, name)
      }
    }
  }

  @Test func partsOfABatch() {
    let batch = NextTokenBatch(
      [[1, 2, 3, 4], [5, 6, 7]], weights: [[0, 0, 1, 1], [1, 1, 1]])
    #expect(batch.whole.input.tokens == [1, 2, 3, 4, 5, 6, 7])
    #expect(batch.whole.weights == [0, 0, 1, 1, 1, 1, 1])
    #expect(batch.skipping(1).weights == [0, 0, 1, 0, 1])
    #expect(batch.skipping(2).weights == [0, 0, 0, 0, 0])
    #expect(batch.skipping(1).targets == batch.targets && batch.weights == [0, 1, 1, 1, 1])
  }

  /// Measured without a gradient, the loss is the one that training descends.
  @Test func lossWithoutAGradient() throws {
    let network = try network()
    let trainer = Trainer(
      network, optimizer: OptimizerSettings(.adamW, learningRate: 0.1),
      schedule: LearningRateSchedule(.constant), steps: 1)
    let value = try trainer.loss(of: Self.batch)
    #expect(network.parameters.allSatisfy { $0.gradient.values.allSatisfy { $0 == 0 } })
    expectClose(
      value, try network.trainNextToken(Self.batch, scale: 1), absolute: 0, relative: 1e-9)
  }
}
