package import LanguageModels
package import Tensors

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
  /// Type that operands of products are rounded to; sums, parameters and moments are float32.
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
extension ComputeType: SettingsChoice {}

/// Throws what `Settings.validate` throws for a value that makes no sense.
func requireSetting(
  _ condition: Bool, _ key: String, _ given: Any, _ requirement: String
) throws {
  guard condition else {
    throw SettingsError.Problem.invalid(key, given: "\(given)", requirement: requirement)
  }
}
