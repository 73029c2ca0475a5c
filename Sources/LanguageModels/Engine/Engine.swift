package import Tensors

/// The number of a token in a model's vocabulary.
package typealias TokenID = Int32

/// Makes networks that run on some device; only host values cross this protocol.
///
/// Text is handled above it (`Tokenizer`, windows, truncation, stop sequences, cached responses), arithmetic below it. To
/// add one: a type, a line in `engines`, and the reference-value tests run over it.
package protocol Engine: Sendable {
  /// Name for `--engine`; part of the identity of cached responses.
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
  /// - Throws: `TrainingError` if there are no parameters to train, and what reading the base throws.
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
  /// Dtype of matrix operands; everything else is float32.
  package var type: ComputeType
  /// Maximum tokens per batch.
  package var batchTokens: Int

  package init(_ type: ComputeType, batchTokens: Int = 512) {
    self.type = type
    self.batchTokens = batchTokens
  }
}

/// Logits of whole sequences of tokens.
package protocol SequenceClassifier {
  /// Passes each row's index and logits, one per label, to `receive`.
  ///
  /// - Parameter rows: token ids with the special tokens that the model expects.
  /// - Throws: `EncoderError` for rows that the network cannot read, and what `receive` throws.
  func classify(_ rows: [[TokenID]], receive: (Int, [Float]) throws -> Void) throws
}
