package import LanguageModels
package import Tensors

/// Trains language models of the world from random weights.
package enum LanguageModelTraining {
  /// A new model that has read `recipe.tokens` tokens of `world`.
  /// - Parameters:
  ///   - mix: what documents it reads.
  ///   - told: draws the world that tells each document; for models that are to know several heterogeneities.
  ///   - random: seeds weights and documents.
  ///   - state: file that keeps the training's state, so that a stopped one goes on.
  ///   - interval: steps after which it is written.
  ///   - report: called after each step with its number of all.
  /// - Returns: the weights, in float32 and memory.
  /// - Throws: `TrainingError`, or what `report` throws.
  package static func train(
    _ recipe: LanguageModelRecipe, on mix: DocumentMix,
    told: (inout RandomSource) -> World, tokenizer: any Tokenizer, random: RandomSource,
    backend: any ComputeBackend = CPUBackend(), state: String? = nil, interval: Int = 100,
    report: (LlamaTraining.Step, _ steps: Int) throws -> Void = { _, _ in }
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
    let network = try LlamaNetwork(
      configuration: configuration, base: weights, training: .all, random: random,
      backend: backend)
    let training = LlamaTraining(
      network, optimizer: recipe.optimizer, schedule: recipe.schedule(steps: batches.count),
      steps: batches.count)
    let run = "\(recipe), seed \(random.seed)"
    let done = try state.map { try TrainingState.restore(training, run: run, from: $0) } ?? 0
    try training.train(batches.dropFirst(done)) { step in
      try report(step, batches.count)
      if let state, (step.step + 1).isMultiple(of: interval) {
        try TrainingState.write(training, run: run, to: state)
      }
    }
    return network.trainedTensors
  }
}
