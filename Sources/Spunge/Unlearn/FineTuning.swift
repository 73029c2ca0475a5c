package import LanguageModels

/// How an unlearning method trains: what, with which optimizer, on which batches.
///
/// Shared by every method that descends a loss on text; RMU has its own.
package struct FineTuning: Settings {
  /// What trains.
  package enum Parameters: String, SettingsChoice {
    /// Low-rank factors beside frozen projections.
    case lora
    /// The parameters themselves.
    case full
  }

  /// Which tokens of a document count in the loss.
  package enum CountedTokens: String, SettingsChoice {
    case all
    /// Those after the prompt, in rows that have one.
    case completion
  }

  package var parameters = Parameters.lora
  /// r.
  package var rank = 8
  /// α; the update is (α/r)·B·A.
  package var alpha = 8.0
  package var dropout = 0.0
  /// Projections that get factors, by the end of their module's name; `all-linear`: every one.
  package var targets = ["q_proj", "v_proj"]
  /// Scales by α/√r.
  package var rankStabilised = false
  /// With `full`: patterns of the parameters' names; `*` stands for any characters.
  package var trainedParameters = ["*"]

  package var optimizer = OptimizerSettings.Method.adamW
  /// Largest learning rate.
  package var learningRate = 2e-4
  package var adamBeta1 = 0.9
  package var adamBeta2 = 0.999
  package var adamEpsilon = 1e-8
  package var weightDecay = 0.0
  /// Largest learning rate of Muon's matrices.
  package var muonLearningRate = 0.02
  package var schedule = LearningRateSchedule.Shape.cosine
  /// Share of all steps in which the learning rate rises from 0.
  package var warmupShare = 0.0
  /// With `trapezoid`: share of all steps in which it falls.
  package var decayShare = 0.5
  /// Largest joint norm of the gradient; 0 for any.
  package var gradientClipping = 0.0

  package var epochs = 1
  /// Most steps, whatever the epochs; 0 for no limit.
  package var maximumSteps = 0
  /// Documents that go through the network at once, packed without padding.
  package var batchSize = 4
  /// Batches in a step.
  package var accumulation = 1
  /// Longest document in tokens; longer ones are cut.
  package var maximumTokens = 512
  /// Whether documents are shuffled anew in every epoch.
  package var shuffle = true
  /// Puts the end-of-text token behind every document.
  package var appendEnd = false
  package var loss = CountedTokens.all

  package init() {}

  package func validate() throws {
    let positive: [(String, Int)] = [
      ("rank", rank), ("epochs", epochs), ("batchSize", batchSize), ("accumulation", accumulation),
    ]
    for (key, value) in positive {
      try requireSetting(value > 0, "training.\(key)", value, "positive")
    }
    try requireSetting(maximumTokens > 1, "training.maximumTokens", maximumTokens, "at least 2")
    try requireSetting(maximumSteps >= 0, "training.maximumSteps", maximumSteps, "0 or positive")
    try requireSetting(alpha.isFinite, "training.alpha", alpha, "finite")
    try requireSetting(
      (0..<1).contains(dropout), "training.dropout", dropout, "at least 0 and below 1")
    try requireSetting(!targets.isEmpty, "training.targets", targets, "at least one module name")
    try requireSetting(
      !trainedParameters.isEmpty, "training.trainedParameters", trainedParameters,
      "at least one pattern")
    for (key, rate) in [("learningRate", learningRate), ("muonLearningRate", muonLearningRate)] {
      try requireSetting(rate > 0 && rate.isFinite, "training.\(key)", rate, "positive, finite")
    }
    for (key, beta) in [("adamBeta1", adamBeta1), ("adamBeta2", adamBeta2)] {
      try requireSetting((0..<1).contains(beta), "training.\(key)", beta, "at least 0 and below 1")
    }
    try requireSetting(
      adamEpsilon > 0 && adamEpsilon.isFinite, "training.adamEpsilon", adamEpsilon,
      "positive, finite")
    for (key, share) in [("warmupShare", warmupShare), ("decayShare", decayShare)] {
      try requireSetting((0...1).contains(share), "training.\(key)", share, "between 0 and 1")
    }
    for (key, value) in [("weightDecay", weightDecay), ("gradientClipping", gradientClipping)] {
      try requireSetting(value >= 0 && value.isFinite, "training.\(key)", value, "0 or positive")
    }
  }

  /// What trains, as the network takes it.
  var trainable: TrainableParameters {
    switch parameters {
    case .full: .full(trainedParameters)
    case .lora:
      .lora(
        LoRASettings(
          rank: rank, alpha: alpha, dropout: dropout, targets: targets,
          isRankStabilised: rankStabilised))
    }
  }

  var optimizerSettings: OptimizerSettings {
    OptimizerSettings(
      optimizer, learningRate: learningRate, beta1: adamBeta1, beta2: adamBeta2,
      epsilon: adamEpsilon, weightDecay: weightDecay, muonLearningRate: muonLearningRate)
  }

  func learningRates(steps: Int) -> LearningRateSchedule {
    LearningRateSchedule(
      schedule, warmupSteps: Int((warmupShare * Double(steps)).rounded()), decayShare: decayShare)
  }
}

extension OptimizerSettings.Method: SettingsChoice {}
extension LearningRateSchedule.Shape: SettingsChoice {}

/// Throws what `Settings.validate` throws for a value that makes no sense.
func requireSetting(
  _ condition: Bool, _ key: String, _ given: Any, _ requirement: String
) throws {
  guard condition else {
    throw SettingsError.Problem.invalid(key, given: "\(given)", requirement: requirement)
  }
}
