package import Tensors

/// A RoBERTa sequence classifier packed for evaluation: weights laid out once, activations for one batch.
///
/// Liu et al. 2019, https://arxiv.org/abs/1907.11692. Texts lie one after another, without padding; the logits of a text
/// do not depend on its company.
package final class EncoderInference: SequenceClassifier {
  package let configuration: EncoderConfiguration
  package let computeType: ComputeType
  /// Most tokens in one batch, unless one text is longer.
  package let batchTokens: Int
  let checkpoint: any Checkpoint
  let positionEmbeddings: Tensor
  let tokenType: Tensor
  let embeddingNorm: Norm
  let layers: [Layer]
  /// The head is computed in float32.
  let headDense: Linear
  let headOutput: Linear
  let work: EncoderActivations

  /// A projection, `x · Wᵀ + b`.
  struct Linear {
    let weight: PackedMatrix
    let bias: Tensor
  }

  /// Gain and bias of a layer normalisation, `[D]`.
  struct Norm {
    let gain: Tensor
    let bias: Tensor
  }

  /// One encoder block's weights.
  struct Layer {
    /// Query, key and value projections stacked, `[3D, D]`.
    let queryKeyValue: Linear
    let attentionOutput: Linear
    let attentionNorm: Norm
    let up: Linear
    let down: Linear
    let feedForwardNorm: Norm
  }

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - checkpoint: the weights, checked against the configuration by the caller.
  ///   - computeType: the type products are computed in; everything between them stays float32.
  /// - Throws: what reading the checkpoint throws.
  package init(
    configuration: EncoderConfiguration, checkpoint: any Checkpoint, computeType: ComputeType,
    batchTokens: Int = 1024
  ) throws {
    self.configuration = configuration
    self.checkpoint = checkpoint
    self.computeType = computeType
    self.batchTokens = max(batchTokens, 1)
    let reader = WeightReader(checkpoint: checkpoint, computeType: computeType)
    positionEmbeddings = try checkpoint.tensor(EncoderNames.positions)
    tokenType = try checkpoint.tensor(EncoderNames.tokenTypes)
    embeddingNorm = try reader.norm(EncoderNames.embeddingNorm)
    layers = try (0..<configuration.layerCount).map { index in
      let name = { (part: EncoderNames.Part) in EncoderNames.layer(index, part) }
      return Layer(
        queryKeyValue: try reader.linear([name(.query), name(.key), name(.value)]),
        attentionOutput: try reader.linear([name(.attentionOutput)]),
        attentionNorm: try reader.norm(name(.attentionNorm)),
        up: try reader.linear([name(.up)]), down: try reader.linear([name(.down)]),
        feedForwardNorm: try reader.norm(name(.feedForwardNorm)))
    }
    let exact = WeightReader(checkpoint: checkpoint, computeType: .float32)
    headDense = try exact.linear([EncoderNames.headDense])
    headOutput = try exact.linear([EncoderNames.headOutput])
    work = EncoderActivations(
      configuration, capacity: max(self.batchTokens, configuration.maximumLength),
      computeType: computeType)
  }

  /// Hands the logits of every text to `receive`, a batch at a time.
  ///
  /// - Parameters:
  ///   - texts: token ids with `<s>` and `</s>`, at most `configuration.maximumLength` of them.
  ///   - receive: the text's index and its logits, one for each label; an error it throws stops the work.
  /// - Throws: `EncoderError` for texts that the network cannot read.
  package func classify(
    _ texts: [[Int32]], receive: (Int, [Float]) throws -> Void
  ) throws {
    try texts.enumerated().forEach { try configuration.check($1, text: $0) }
    var first = 0
    while first < texts.count {
      var (end, tokens) = (first + 1, texts[first].count)
      while end < texts.count, tokens + texts[end].count <= batchTokens {
        tokens += texts[end].count
        end += 1
      }
      let logits = try logits(TokenBatch(Array(texts[first..<end])))
      for (offset, row) in logits.enumerated() {
        if let logit = row.first(where: { !$0.isFinite }) {
          try checkpoint.requireFinite()
          throw EncoderError.notFinite(text: first + offset, logit: logit)
        }
        try receive(first + offset, row)
      }
      first = end
    }
  }
}

/// Reads the modules of a checkpoint.
private struct WeightReader {
  let checkpoint: any Checkpoint
  let computeType: ComputeType

  /// Several projections' rows one after another.
  func linear(_ modules: [String]) throws -> EncoderInference.Linear {
    let biases = try modules.flatMap { try checkpoint.tensor("\($0).bias").values }
    return EncoderInference.Linear(
      weight: try Packing(checkpoint: checkpoint, computeType: computeType)
        .matrix(modules.map { "\($0).weight" }),
      bias: Tensor([biases.count], biases))
  }

  func norm(_ module: String) throws -> EncoderInference.Norm {
    EncoderInference.Norm(
      gain: try checkpoint.tensor("\(module).weight"),
      bias: try checkpoint.tensor("\(module).bias"))
  }
}
