/// Text to token ids and back.
package protocol Tokenizer: Sendable {
  /// Number of ids; every id is below it.
  var vocabularySize: Int { get }
  /// Beginning-of-sequence id, if the vocabulary has one.
  var beginID: Int? { get }
  /// End-of-sequence id, if the vocabulary has one.
  var endID: Int? { get }
  /// Whether Hugging Face's tokenizer puts `beginID` before every text by default.
  var addsBegin: Bool { get }

  /// Ids of `text`.
  /// - Parameter addSpecial: adds what the tokenizer adds by default (BOS, `<s> … </s>`, nothing).
  func encode(_ text: String, addSpecial: Bool) -> [Int]
  /// Text of `ids`; special tokens are dropped when `skipSpecial`.
  func decode(_ ids: [Int], skipSpecial: Bool) -> String
}
