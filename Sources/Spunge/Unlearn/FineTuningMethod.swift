package import LanguageModels

/// An unlearning method that trains by gradient descent, as `FineTuning` says, with a retain loss.
package protocol FineTuningMethod: UnlearningMethod {
  var training: FineTuning { get }
  var retain: RetainLoss { get }
}

extension FineTuningMethod {
  package func check(_ job: UnlearningJob) throws {
    _ = try FineTuningRun.checkedOrders(training, retain: retain, job)
  }

  package func plannedTokens(forget: [TokenCorpus], retain: [TokenCorpus]) -> Int {
    FineTuningRun.plannedTokens(
      training, retain: self.retain, forget: forget, retainCorpora: retain)
  }

  package func costPerToken(parameters: Int, layers: Int) -> Double {
    // Forward and the gradient of the inputs; for whole parameters also that of the weights.
    Double(parameters) * (training.parameters == .full ? 6 : 4)
  }

  package func changedCount(_ configuration: LlamaConfiguration) -> Int {
    training.trainable.changedCount(configuration)
  }

  package func memoryPlan(
    _ configuration: LlamaConfiguration, forget: [TokenCorpus], retain: [TokenCorpus],
    budget: Int?
  ) throws -> TrainingPlan? {
    try FineTuningRun.memoryPlan(
      training, retain: self.retain, configuration, forget: forget, retainCorpora: retain,
      budget: budget)
  }
}

extension FineTuning {
  /// Training as in TOFU's unlearning baselines (Maini et al. 2024) and the code of NPO and SimNPO after it: every
  /// parameter, AdamW, batches of 32, the learning rate rising for one epoch and falling to zero.
  static func ofTOFU(epochs: Int) -> FineTuning {
    var training = FineTuning()
    training.parameters = .full
    training.epochs = epochs
    training.warmupShare = 1 / Double(epochs)
    training.learningRate = 1e-5
    training.weightDecay = 0.01
    training.schedule = .linear
    training.accumulation = 8
    return training
  }
}
