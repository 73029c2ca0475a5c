/// Text to token ids and back.
package protocol Tokenizer: Sendable {
  /// Number of ids; every id is below it.
  var vocabularySize: Int { get }
  /// Beginning-of-sequence id, if the vocabulary has one.
  var beginID: Int? { get }
  /// End-of-sequence id, if the vocabulary has one.
  var endID: Int? { get }
  /// What Hugging Face's tokenizer puts around a single text by default.
  var affixes: Affixes { get }
  /// Tokens of the longest text that a classifier is to read, what goes around it included; nil if unsaid.
  var maximumLength: Int? { get }
  /// Whether a classifier's text that is too long loses its start, not its end.
  var truncatesLeft: Bool { get }
  /// What a user should know about how the tokenizer's files were understood.
  var notes: [String] { get }

  /// Ids of `text`.
  /// - Parameter addSpecial: adds what the tokenizer adds by default (BOS, `<s> … </s>`, nothing).
  /// - Throws: `TokenizerError.tooCostly` for a text that takes the tokenizer's expressions or normalizers too long.
  func encode(_ text: String, addSpecial: Bool) throws(TokenizerError) -> [Int]
  /// Text of `ids`; special tokens are dropped when `skipSpecial`.
  /// - Throws: `TokenizerError.tooCostly`, likewise.
  func decode(_ ids: [Int], skipSpecial: Bool) throws(TokenizerError) -> String
}
