package import LanguageModels
package import Tensors

/// How an unlearning method trains: parameters, optimizer and batches.
///
/// Shared by all methods that minimise a loss on text; RMU has its own settings.
package struct FineTuning: Settings {
  /// Which parameters to train.
  package enum Parameters: String, SettingsChoice {
    /// Low-rank factors of frozen projections.
    case lora
    /// The parameters themselves.
    case full
  }

  /// Which tokens of a document are targets of the loss.
  package enum CountedTokens: String, SettingsChoice {
    case all
    /// Those after the prompt, in rows that have one.
    case completion
  }

  package var parameters = Parameters.lora
  /// LoRA rank r.
  package var rank = 8
  /// LoRA α; the update is (α/r)·B·A.
  package var alpha = 8.0
  package var dropout = 0.0
  /// Projections to adapt, by the end of their module names; `all-linear` for all.
  package var targets = ["q_proj", "v_proj"]
  /// Whether to scale by α/√r (rsLoRA).
  package var rankStabilised = false
  /// For `full`: patterns of parameter names, with `*` as a wildcard.
  package var trainedParameters = ["*"]

  package var optimizer = OptimizerSettings.Method.adamW
  /// Peak learning rate.
  package var learningRate = 2e-4
  package var adamBeta1 = 0.9
  package var adamBeta2 = 0.999
  package var adamEpsilon = 1e-8
  package var weightDecay = 0.0
  /// Peak learning rate of matrices trained by Muon.
  package var muonLearningRate = 0.02
  package var schedule = LearningRateSchedule.Shape.cosine
  /// Fraction of all steps in which the learning rate rises from 0.
  package var warmupShare = 0.0
  /// For `trapezoid`: fraction of all steps in which it decays.
  package var decayShare = 0.5
  /// Maximum global gradient norm; 0 for no clipping.
  package var gradientClipping = 0.0

  package var epochs = 1
  /// Maximum number of steps, regardless of epochs; 0 for no limit.
  package var maximumSteps = 0
  /// Documents per batch, packed without padding.
  package var batchSize = 4
  /// Batches per step (gradient accumulation).
  package var accumulation = 1
  /// Maximum document length in tokens; longer documents are truncated.
  package var maximumTokens = 512
  /// Whether to reshuffle documents in every epoch.
  package var shuffle = true
  /// Whether to append the end-of-text token to every document.
  package var appendEnd = false
  package var loss = CountedTokens.all
  /// Dtype of matrix operands; accumulation, parameters and moments are float32.
  package var computeType = ComputeType.float32

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "rank": .from(1, to: 65_536), "alpha": .finite, "dropout": .from(0, below: 1),
    "learningRate": .above(0, to: 1e30), "muonLearningRate": .above(0, to: 1e30),
    "adamBeta1": .from(0, below: 1), "adamBeta2": .from(0, below: 1),
    "adamEpsilon": .above(0, to: 1e30),
    "weightDecay": .from(0, to: 1e30), "gradientClipping": .from(0, to: 1e30),
    "warmupShare": .from(0, to: 1), "decayShare": .from(0, to: 1),
    "epochs": .from(1, to: 1e6), "maximumSteps": .from(0, to: 1e9), "batchSize": .from(1, to: 8192),
    "accumulation": .from(1, to: 65_536), "maximumTokens": .from(2, to: 16_777_216),
  ]

  package func validate() throws {
    try requireSetting(!targets.isEmpty, "training.targets", targets, "at least one module name")
    try requireSetting(
      !trainedParameters.isEmpty, "training.trainedParameters", trainedParameters,
      "at least one pattern")
  }

  /// The parameters to train, as the engine expects them.
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
extension ComputeType: SettingsChoice {}

/// Throws the error of `Settings.validate` for an invalid value.
func requireSetting(
  _ condition: Bool, _ key: String, _ given: Any, _ requirement: String
) throws {
  guard condition else {
    throw SettingsError.Problem.invalid(key, given: "\(given)", requirement: requirement)
  }
}
