import Foundation
import LanguageModels
import Tensors

/// The toxicity classifier of the miniature world, trained from nothing on labelled texts.
enum ClassifierTraining {
  /// Texts that it learns from, each once.
  private static let exampleCount = 7000
  private static let vocabularySize = 900
  /// Index 1 is what a toxicity classifier calls toxic.
  private static let labels = ["benign", "toxic"]

  private static let training = EncoderTraining(
    epochs: 1, batchSize: 32, optimizer: OptimizerSettings(.adamW, learningRate: 1.5e-3),
    warmupShare: 0.1)

  /// Trains and writes a Hugging Face folder's files into `folder`.
  ///
  /// - Parameter report: is told of every step and how many there are.
  static func write(
    _ world: World, to folder: String, random: RandomSource,
    report: (TrainingStep, Int) throws -> Void
  ) throws {
    let texts = world.labelledTexts("classifier", count: exampleCount)
    let trainer = try ByteLevelBPETrainer(
      texts.lazy.map(\.text), size: vocabularySize,
      specialTokens: ByteLevelBPETrainer.robertaTokens)
    try trainer.writeRoberta(toFolder: folder)
    let tokenizer = try TokenizerLoader.load(path: folder)
    let configuration = EncoderConfiguration(
      hiddenSize: 96, feedForwardSize: 256, layerCount: 3, headCount: 4,
      vocabularySize: tokenizer.vocabularySize, positionCount: 130, labels: labels)
    let network = try EncoderNetwork(
      configuration,
      configuration.initialCheckpoint(random: random.child(named: "weights")))
    let examples = try texts.map { text in
      EncoderExample(
        tokens: try EncoderText(text.text, tokenizer: tokenizer, configuration: configuration)
          .tokens,
        label: text.isToxic ? 1 : 0)
    }
    let steps = (examples.count + training.batchSize - 1) / training.batchSize
    try training.train(network, on: examples, random: random.child(named: "order")) {
      try report($0, steps)
    }
    try ClassifierDirectory.writeContents(configuration, network.checkpoint, into: folder)
  }
}
