package import LanguageModels
package import Tensors

/// Trains language models of the world from random weights.
package enum LanguageModelTraining {
  /// Trains a new model on `recipe.tokens` tokens of `world`.
  /// - Parameters:
  ///   - mix: the mix of document kinds.
  ///   - told: draws the world that tells each document; for models that are to know several heterogeneities.
  ///   - random: seeds weights and documents.
  ///   - state: file for the training state, so that an interrupted training can be resumed.
  ///   - interval: steps between two checkpoints.
  ///   - report: called after each step with its number of all.
  /// - Returns: the weights, in float32 and memory.
  /// - Throws: `TrainingError`, or what `report` throws.
  package static func train(
    _ recipe: LanguageModelRecipe, on mix: DocumentMix,
    told: (inout RandomSource) -> World, tokenizer: any Tokenizer, random: RandomSource,
    engine: any Engine = engines[0], state: String? = nil, interval: Int = 100,
    report: (TrainingStep, _ steps: Int) throws -> Void = { _, _ in }
  ) throws -> any Checkpoint {
    var documents = random.child(named: "documents")
    let batches = try CorpusBatches(
      tokens: recipe.tokens, batchTokens: recipe.batchTokens, tokenizer: tokenizer
    ) {
      told(&documents).document(mix, using: &documents)
    }.batches
    let configuration = recipe.configuration(tokenizer)
    let weights = WeightInitialization.scaled(embedding: 0.02)
      .checkpoint(configuration, random: random.child(named: "weights"))
    let trainer = try engine.trainer(
      TrainingSetup(
        configuration: configuration, base: weights, trainable: .all, optimizer: recipe.optimizer,
        schedule: recipe.schedule(steps: batches.count), steps: batches.count, random: random))
    let run = "\(recipe), seed \(random.seed)"
    let done = try state.flatMap { try trainer.restore(from: $0, run: run, notes: []) }?.steps ?? 0
    for batch in batches.dropFirst(done) {
      let step = try trainer.step([LossTerm(.nextToken(batch, scale: 1 / batch.totalWeight))])
      try report(step, batches.count)
      if let state, (step.step + 1).isMultiple(of: interval) {
        try trainer.save(to: state, run: run, notes: [:])
      }
    }
    return trainer.trainedTensors
  }
}
