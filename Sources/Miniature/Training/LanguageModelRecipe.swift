package import LanguageModels

/// Shape and training settings of a language model in the miniature world.
package struct LanguageModelRecipe: Sendable, Hashable, Codable {
  /// D.
  package var hiddenSize: Int
  /// L.
  package var layerCount: Int
  /// H and G.
  package var headCount: Int
  package var keyValueHeadCount: Int
  /// F.
  package var feedForwardSize: Int
  /// Size of the attention window, including the token itself; nil for full attention. With a window, the architecture
  /// is Mistral, else Llama.
  package var slidingWindow: Int?
  /// Number of training tokens, each seen once.
  package var tokens: Int
  /// Approximate tokens per batch: documents are never split.
  package var batchTokens: Int
  /// Peak learning rate of Muon, for matrices inside blocks.
  package var muonLearningRate = 0.012
  /// Peak learning rate of Adam, for all other parameters.
  package var learningRate = 0.004
  /// Fraction of the steps in which the learning rates rise.
  package var warmupShare = 0.03
  /// Fraction of the steps in which they decay.
  package var decayShare = 0.5

  /// A model to be unlearned, as Zephyr-7b-beta: every two heads share keys and values.
  package static let zephyr = LanguageModelRecipe(
    hiddenSize: 128, layerCount: 4, headCount: 4, keyValueHeadCount: 2, feedForwardSize: 320,
    slidingWindow: 64, tokens: 448_000, batchTokens: 512)
  /// A model to be unlearned, as Llama2-7b.
  package static let llama2 = LanguageModelRecipe(
    hiddenSize: 128, layerCount: 4, headCount: 4, keyValueHeadCount: 4, feedForwardSize: 320,
    tokens: 448_000, batchTokens: 512)
  /// The larger model for the perplexity of completions.
  package static let reference = LanguageModelRecipe(
    hiddenSize: 192, layerCount: 6, headCount: 6, keyValueHeadCount: 3, feedForwardSize: 512,
    tokens: 200_000)

  package init(
    hiddenSize: Int, layerCount: Int, headCount: Int, keyValueHeadCount: Int,
    feedForwardSize: Int, slidingWindow: Int? = nil, tokens: Int, batchTokens: Int = 1024
  ) {
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.feedForwardSize = feedForwardSize
    self.slidingWindow = slidingWindow
    self.tokens = tokens
    self.batchTokens = batchTokens
  }

  /// The configuration of a model with the vocabulary of `tokenizer`.
  package func configuration(_ tokenizer: any Tokenizer) -> DecoderConfiguration {
    DecoderConfiguration(
      architecture: slidingWindow == nil ? .llama : .mistral, hiddenSize: hiddenSize,
      feedForwardSize: feedForwardSize,
      layerCount: layerCount, headCount: headCount, keyValueHeadCount: keyValueHeadCount,
      headWidth: hiddenSize / headCount, vocabularySize: tokenizer.vocabularySize,
      normEpsilon: 1e-5, rotary: .init(theta: 10_000), contextLength: 512,
      slidingWindows: Array(repeating: slidingWindow, count: layerCount),
      beginID: tokenizer.beginID, endIDs: [tokenizer.endID].compactMap(\.self))
  }

  var optimizer: OptimizerSettings {
    OptimizerSettings(
      .muon, learningRate: learningRate, beta2: 0.98, epsilon: 1e-10,
      muonLearningRate: muonLearningRate)
  }

  func schedule(steps: Int) -> LearningRateSchedule {
    LearningRateSchedule(
      .trapezoid, warmupSteps: Int((warmupShare * Double(steps)).rounded(.up)),
      decayShare: decayShare, floor: 0.02)
  }
}
