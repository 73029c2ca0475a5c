import Tensors

/// Every constant of a decoder, as its files state them.
///
/// Letters in brackets are the dimension letters used everywhere.
package struct DecoderConfiguration: Sendable, Hashable {
  package typealias Architecture = DecoderArchitecture
  package typealias Activation = DecoderArchitecture.Activation

  package var architecture: Architecture
  /// Width of the hidden states [D].
  package var hiddenSize: Int
  /// Width inside the feed-forward block [F].
  package var feedForwardSize: Int
  /// Number of decoder blocks [L].
  package var layerCount: Int
  /// Number of query heads [H].
  package var headCount: Int
  /// Number of key/value heads [G]; divides `headCount`.
  package var keyValueHeadCount: Int
  /// Width of one head [E]; even, not always D/H.
  package var headWidth: Int
  /// Number of token ids [V].
  package var vocabularySize: Int
  /// ε of the norms.
  package var normEpsilon: Double
  package var rotary: Rotary
  /// Longest sequence the model was made for, in tokens.
  package var contextLength: Int
  /// Whether the output head is the embedding matrix.
  package var tiesEmbeddings: Bool
  /// Whether the query, key and value projections have a bias.
  package var queryKeyValueBias: Bool
  /// Whether the projection after attention has a bias.
  package var attentionOutputBias: Bool
  /// Whether the feed-forward projections have a bias.
  package var feedForwardBias: Bool
  /// For each layer the number of latest positions a token sees, itself included; nil for all. [L]
  package var slidingWindows: [Int?]
  /// Beginning-of-sequence id, if any.
  package var beginID: Int?
  /// End-of-sequence ids.
  package var endIDs: [Int]
  /// Ids that end a completion: `endIDs` unless the files say otherwise.
  package var stopIDs: [Int]
  /// Function inside the feed-forward block.
  package var activation: Activation
  /// Whether attention and feed-forward block read the same stream.
  package var isParallel: Bool
  /// First elements of a head that are rotated [R]; even.
  package var rotaryWidth: Int
  /// Of layers with a window, where it differs from that of the others.
  package var localRotary: Rotary?
  /// What attention's scores are divided by the root of; E.
  package var attentionScalar: Double
  /// Bound of attention's scores, cap · tanh(score / cap).
  package var attentionCap: Double?
  /// Bound of the logits, likewise.
  package var logitCap: Double?

  package init(
    architecture: Architecture, hiddenSize: Int, feedForwardSize: Int, layerCount: Int,
    headCount: Int, keyValueHeadCount: Int, headWidth: Int, vocabularySize: Int,
    normEpsilon: Double, rotary: Rotary, contextLength: Int, tiesEmbeddings: Bool = false,
    queryKeyValueBias: Bool = false, attentionOutputBias: Bool = false,
    feedForwardBias: Bool = false, slidingWindows: [Int?]? = nil, beginID: Int? = nil,
    endIDs: [Int] = []
  ) {
    self.architecture = architecture
    self.hiddenSize = hiddenSize
    self.feedForwardSize = feedForwardSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headWidth = headWidth
    self.vocabularySize = vocabularySize
    self.normEpsilon = normEpsilon
    self.rotary = rotary
    self.contextLength = contextLength
    self.tiesEmbeddings = tiesEmbeddings
    self.queryKeyValueBias = queryKeyValueBias
    self.attentionOutputBias = attentionOutputBias
    self.feedForwardBias = feedForwardBias
    self.slidingWindows = slidingWindows ?? Array(repeating: nil, count: layerCount)
    self.beginID = beginID
    self.endIDs = endIDs
    stopIDs = endIDs
    activation = architecture.activations[0]
    isParallel = architecture.isParallel
    rotaryWidth = headWidth
    attentionScalar = Double(headWidth)
  }

  /// Ranges beyond which a number in a file is a mistake, not a model.
  enum Limits {
    static let hiddenSize = 1...1 << 20
    static let feedForwardSize = 1...1 << 22
    static let layerCount = 1...4096
    static let headCount = 1...1 << 16
    static let headWidth = 2...1 << 14
    static let vocabularySize = 1...1 << 24
    static let positions = 1...1 << 30
    static let normEpsilon = 1e-30...1.0
    static let theta = 1.0...1e15
    static let factor = 1e-6...1e6
    static let share = 0.0...1.0
    static let cap = 1e-3...1e6
    static let context = 1...Double(positions.upperBound)
  }

  /// What is wrong with the combination of fields, in the words of `names`.
  func inconsistencies(heads: String, keyValueHeads: String, width: String) -> [String] {
    var problems: [String] = []
    if headCount % keyValueHeadCount != 0 {
      problems.append(
        "'\(keyValueHeads)' is \(keyValueHeadCount), which does not divide '\(heads)' \(headCount)")
    }
    if architecture.positions != .learnt {
      if rotaryWidth == headWidth, headWidth % 2 != 0 {
        problems.append("'\(width)' is \(headWidth); rotary embedding needs an even number")
      } else if rotaryWidth % 2 != 0 || !(2...headWidth).contains(rotaryWidth) {
        problems.append(
          "\(rotaryWidth) of \(headWidth) elements of a head are rotated; rotary embedding needs an even number up to that"
        )
      }
    }
    return problems + scalingProblems
  }
}

extension DecoderConfiguration {
  /// What attention's scores are multiplied by.
  var attentionScale: Float { Float(1 / attentionScalar.squareRoot()) }

  /// What embeddings are multiplied by, as transformers rounds it for numbers of that type; `nil` for nothing.
  func embeddingScale(_ type: ComputeType) -> Float? {
    guard architecture.scalesEmbeddings else { return nil }
    let scale = Float(Double(hiddenSize).squareRoot())
    guard type == .bfloat16 else { return scale }
    return Float(bitPattern: UInt32(FloatConversion.narrowToBFloat16(scale)) << 16)
  }

  /// Tokens of a sequence from which on its rotary embedding is another; `nil` where it never is.
  var longRotaryStart: Int? {
    if case .longrope(_, _, let original, _) = rotary.scaling { Int(original) + 1 } else { nil }
  }

  /// The gain of a norm whose weight is stored as `weight`.
  func gain(_ weight: Tensor) -> Tensor {
    guard architecture.norm == .rootMeanSquareAroundOne else { return weight }
    return Tensor(weight.shape, weight.values.map { 1 + $0 })
  }
}
