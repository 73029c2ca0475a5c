package import LanguageModels

/// Circuit breakers by representation rerouting.
///
/// Turns hidden states of forget text away from where the base has them, and holds those of retain text:
///
///     L = a·(1 − s) · mean of max(0, cos(h, h₀)) + a·s · mean of |h − h₀|,   s = step / rampSteps
///
/// - Paper: Zou et al. 2024, "Improving Alignment and Robustness with Circuit Breakers",
///   https://arxiv.org/abs/2406.04313
/// - Deviations: padding never enters a mean (the authors' code counts it as a distance of zero); forget text is data of
///   the experiment, not the authors' harmful answers. `layers` counts blocks from 0, so that the authors' hidden states
///   10 and 20 are 9 and 19. The distance is a mean over the outputs of all blocks up to the last of `layers`; the
///   authors' takes in the embeddings, which do not change, and the normalised output of one further block. Only
///   projections up to the last of `layers` get factors, as there. B starts a little off zero: at the base itself neither
///   loss has a gradient, and where the authors' run sets out from rounding errors of bfloat16, ours would stay. Gradients
///   are clipped at 1, the default of the trainer that they use.
package struct CircuitBreakers: FineTuningMethod {
  package static let card = MethodCard(
    name: "circuit_breakers", title: "Circuit breakers",
    reference: "https://arxiv.org/abs/2406.04313",
    summary:
      "Turns hidden states of forget text orthogonal to the base's, holds those of retain text.")

  /// Layers whose outputs are turned away, counted from 0.
  package var layers = [9, 19]
  /// Weight of both losses (*a*), unitless.
  package var weight = 10.0
  /// Steps in which the weight would go over from forgetting to retaining completely.
  package var rampSteps = 300
  /// Standard deviation of the factors B at the start.
  package var startDeviation = 1e-4
  /// With low-rank factors only.
  package var training = FineTuning()

  package init() {
    training.rank = 16
    training.alpha = 16
    training.dropout = 0.05
    training.targets = [LoRASettings.allLinear]
    training.learningRate = 1e-4
    training.schedule = .constant
    training.gradientClipping = 1
    training.batchSize = 16
    training.maximumSteps = 150
    // Each has a step at least.
    training.epochs = 150
  }

  package static let ranges: [String: SettingRange] = [
    "layers": .from(0, to: 4095), "weight": .above(0, to: 1e30), "rampSteps": .from(1, to: 1e9),
    "startDeviation": .above(0, to: 1e30),
  ]

  package func validate() throws {
    try requireSetting(
      !layers.isEmpty && Set(layers).count == layers.count, "layers", layers,
      "one or more layers, each once")
    try requireSetting(
      training.parameters == .lora, "training.parameters", training.parameters.rawValue,
      "lora; whole parameters start at the base, where the losses have no gradient")
    try training.validate()
  }

  package func plan(_ job: UnlearningJob) throws -> UnlearningPlan {
    let last = layers.max() ?? 0
    guard last < job.configuration.layerCount else {
      throw UnlearningError.layerOutOfRange(last, count: job.configuration.layerCount)
    }
    var program = try program(job)
    if case .lora(var settings) = program.trainable {
      settings = settings.only(0..<last + 1, of: job.configuration)
      settings.initialDeviation = startDeviation
      program.trainable = .lora(settings)
    }
    return .training(program)
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .representations(
      batch.whole,
      RepresentationLoss(
        layers: layers, measure: .alignment, weight: weight * max(0, 1 - progress(step)),
        total: step.tokens))
  }

  /// No loss of the common kind.
  package var retain: RetainLoss { RetainLoss() }
  package var retains: Bool { true }

  package func retained(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind? {
    .representations(
      batch.whole,
      RepresentationLoss(
        layers: Array(0...(layers.max() ?? 0)), measure: .distance,
        weight: weight * progress(step), total: step.tokens))
  }

  private func progress(_ step: StepFacts) -> Double {
    min(1, Double(step.index + 1) / Double(rampSteps))
  }
}
