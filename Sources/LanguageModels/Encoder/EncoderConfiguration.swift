/// Every constant of a RoBERTa sequence classifier, as its config.json states them.
///
/// Liu et al. 2019, https://arxiv.org/abs/1907.11692; letters in brackets are the dimension letters used everywhere.
package struct EncoderConfiguration: Sendable, Hashable {
  /// Width of the hidden states [D].
  package var hiddenSize: Int
  /// Width inside the feed-forward block [F].
  package var feedForwardSize: Int
  /// Number of encoder blocks [L].
  package var layerCount: Int
  /// Number of heads [H]; divides `hiddenSize`.
  package var headCount: Int
  /// Number of token ids [V].
  package var vocabularySize: Int
  /// Rows of the position embeddings; the first `paddingID + 1` belong to no token of a text.
  package var positionCount: Int
  /// Rows of the token type embeddings, of which the first is used.
  package var tokenTypeCount: Int
  /// ε of layer normalisation.
  package var normEpsilon: Double
  package var paddingID: Int
  /// Goes before every text, `<s>`.
  package var beginID: Int
  /// Goes after every text, `</s>`.
  package var endID: Int
  /// Names of the labels, in the order of the logits.
  package var labels: [String]
  /// What the logits stand for, as far as the file says.
  package var problem: Problem?

  /// `problem_type` of a config.json.
  package enum Problem: String, Sendable, CaseIterable {
    case regression
    case singleLabel = "single_label_classification"
    case multipleLabels = "multi_label_classification"
  }

  /// What is made of the logits.
  package enum Outcome: Sendable {
    /// Shares of labels that exclude each other, by softmax.
    case shares
    /// A probability of each label by itself, by the logistic function.
    case probabilities
    /// Nothing: they are the predicted values.
    case values
  }

  /// As transformers' text-classification pipeline decides it.
  package var outcome: Outcome {
    if problem == .regression { return .values }
    return problem == .multipleLabels || labels.count == 1 ? .probabilities : .shares
  }

  package init(
    hiddenSize: Int, feedForwardSize: Int, layerCount: Int, headCount: Int, vocabularySize: Int,
    positionCount: Int, tokenTypeCount: Int = 1, normEpsilon: Double = 1e-5, paddingID: Int = 1,
    beginID: Int = 0, endID: Int = 2, labels: [String] = ["LABEL_0", "LABEL_1"]
  ) {
    self.hiddenSize = hiddenSize
    self.feedForwardSize = feedForwardSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.vocabularySize = vocabularySize
    self.positionCount = positionCount
    self.tokenTypeCount = tokenTypeCount
    self.normEpsilon = normEpsilon
    self.paddingID = paddingID
    self.beginID = beginID
    self.endID = endID
    self.labels = labels
  }

  /// Width of one head [E].
  package var headWidth: Int { hiddenSize / headCount }
  /// Most tokens of a text, `<s>` and `</s>` included.
  package var maximumLength: Int { positionCount - paddingID - 1 }
}

extension EncoderConfiguration {
  /// Row of the position embeddings for each token of one text.
  ///
  /// As in transformers, padding ids inside a text have the padding's position and do not count.
  func positions(_ tokens: some Sequence<Int32>) -> [Int] {
    var count = 0
    return tokens.map { token in
      guard token != paddingID else { return paddingID }
      count += 1
      return paddingID + count
    }
  }
}

/// Hugging Face parameter names of RoBERTa.
enum EncoderNames {
  static let words = "roberta.embeddings.word_embeddings.weight"
  static let positions = "roberta.embeddings.position_embeddings.weight"
  static let tokenTypes = "roberta.embeddings.token_type_embeddings.weight"
  static let embeddingNorm = "roberta.embeddings.LayerNorm"
  static let headDense = "classifier.dense"
  static let headOutput = "classifier.out_proj"

  /// The modules of one block.
  enum Part: String, CaseIterable {
    case query = "attention.self.query"
    case key = "attention.self.key"
    case value = "attention.self.value"
    case attentionOutput = "attention.output.dense"
    case attentionNorm = "attention.output.LayerNorm"
    case up = "intermediate.dense"
    case down = "output.dense"
    case feedForwardNorm = "output.LayerNorm"
  }

  static func layer(_ index: Int, _ part: Part) -> String {
    "roberta.encoder.layer.\(index).\(part.rawValue)"
  }
}
