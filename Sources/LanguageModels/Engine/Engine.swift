package import Tensors

/// The number of a token in a model's vocabulary.
package typealias TokenID = Int32

/// Makes networks that run somewhere; what crosses it is a value on the host.
///
/// Text is above it (`Tokenizer`, windows, truncation, stops, kept answers), arithmetic below it. To add one: a
/// type, a line in `engines`, and the tests of the goldens over it.
package protocol Engine: Sendable {
  /// What `--engine` calls it; part of the identity of answers.
  var name: String { get }

  /// A language model for inference.
  ///
  /// - Parameters:
  ///   - configuration: the network's constants.
  ///   - weights: checked against the configuration by the caller.
  /// - Throws: what reading the weights throws.
  func causalLM(
    _ configuration: DecoderConfiguration, weights: any Checkpoint, compute: ComputeOptions
  ) throws -> any CausalLM

  /// A sequence classifier.
  ///
  /// - Throws: what reading the weights throws.
  func classifier(
    _ configuration: EncoderConfiguration, weights: any Checkpoint, compute: ComputeOptions
  ) throws -> any SequenceClassifier

  /// A language model that trains.
  ///
  /// - Throws: `TrainingError` where nothing would train, and what reading the base throws.
  func trainer(_ setup: TrainingSetup) throws -> any TrainableLM

  /// Hidden states after the first `depth` blocks, averaged over the tokens of each row, `[rows, D]`.
  ///
  /// - Throws: what reading the weights throws.
  func meanHiddenStates(
    of rows: [[TokenID]], after depth: Int, _ configuration: DecoderConfiguration,
    weights: any Checkpoint
  ) throws -> [[Float]]
}

/// The engines that are built in; the first is the default.
package let engines: [any Engine] = [CPUEngine()]

/// How an engine computes.
package struct ComputeOptions: Sendable, Hashable {
  /// Type that products are computed in; what is between them stays float32.
  package var type: ComputeType
  /// Most tokens in one batch.
  package var batchTokens: Int

  package init(_ type: ComputeType, batchTokens: Int = 512) {
    self.type = type
    self.batchTokens = batchTokens
  }
}

/// Logits of whole sequences of tokens.
package protocol SequenceClassifier {
  /// Hands the logits of every row to `receive`, one for each label, with the row's index.
  ///
  /// - Parameter rows: token ids with the special tokens that the model expects.
  /// - Throws: `EncoderError` for rows that the network cannot read, and what `receive` throws.
  func classify(_ rows: [[TokenID]], receive: (Int, [Float]) throws -> Void) throws
}
