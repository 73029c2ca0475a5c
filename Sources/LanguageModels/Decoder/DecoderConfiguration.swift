/// Every constant of a Llama-like decoder, as its files state them.
///
/// Letters in brackets are the dimension letters used everywhere.
package struct DecoderConfiguration: Sendable, Hashable {
  package typealias Architecture = DecoderArchitecture

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
  /// ε of RMSNorm.
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
  }

  /// What is wrong with the combination of fields, in the words of `names`.
  func inconsistencies(heads: String, keyValueHeads: String, width: String) -> [String] {
    var problems: [String] = []
    if headCount % keyValueHeadCount != 0 {
      problems.append(
        "'\(keyValueHeads)' is \(keyValueHeadCount), which does not divide '\(heads)' \(headCount)")
    }
    if headWidth % 2 != 0 {
      problems.append("'\(width)' is \(headWidth); rotary embedding needs an even number")
    }
    return problems
  }
}
