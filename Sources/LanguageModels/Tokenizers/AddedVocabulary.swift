import Formats

/// The added tokens of a tokenizer with the ids that Hugging Face's library gives them.
///
/// That library does not take the ids of its files: a token of the model keeps the model's id, any other gets the next
/// free one.
struct AddedVocabulary {
  /// A token as a file has it.
  struct Declared {
    /// The id that the file names.
    var id: Int?
    /// Its `id` says nothing yet.
    var token: AddedToken

    init(_ token: AddedToken, id: Int? = nil) { (self.token, self.id) = (token, id) }
  }

  private let model: TokenTable
  private let file: String
  /// In the order in which they were added; no two have the same content.
  private(set) var tokens: [AddedToken] = []
  private var places: [[UInt8]: Int] = [:]
  private var contents: [Int: [UInt8]] = [:]
  /// What a user should know: ids that are not those of the files.
  private(set) var notes: [String] = []

  /// - Parameters:
  ///   - model: the tokens of the model.
  ///   - file: the tokenizer's, for errors.
  init(model: TokenTable, file: String) { (self.model, self.file) = (model, file) }

  subscript(content: [UInt8]) -> AddedToken? { places[content].map { tokens[$0] } }

  /// Adds tokens; one that is there already gets the new properties.
  ///
  /// - Throws: `TokenizerError.invalid` where an id would stand for two tokens.
  mutating func add(_ declared: [Declared], from field: String) throws(TokenizerError) {
    let largest = contents.keys.max() ?? -1
    var next = largest >= model.count ? largest + 1 : model.count
    var named: [Int: [UInt8]] = [:]
    for entry in declared where !entry.token.content.isEmpty {
      var token = entry.token
      if let id = entry.id {
        let other = model.token(id).map { Array($0) } ?? named[id]
        if let other, other != token.content { throw clash(id, token.content, other, field) }
        named[id] = token.content
      }
      let known = places[token.content]
      token.id = known.map { tokens[$0].id } ?? model.id(of: token.content) ?? next
      if token.id == next { next += 1 }
      let other = model.token(token.id).map { Array($0) } ?? contents[token.id]
      if let other, other != token.content {
        throw clash(token.id, token.content, other, field)
      }
      if let id = entry.id, id != token.id { note(id, token, field) }
      contents[token.id] = token.content
      if let known {
        tokens[known] = token
      } else {
        places[token.content] = tokens.count
        tokens.append(token)
      }
    }
  }

  private func clash(
    _ id: Int, _ content: [UInt8], _ other: [UInt8], _ field: String
  ) -> TokenizerError {
    .invalid(
      file: file, field: field,
      reason: "the id \(id) stands for '\(String(decoding: content, as: UTF8.self).shown())'"
        + " and for '\(String(decoding: other, as: UTF8.self).shown())'")
  }

  private mutating func note(_ id: Int, _ token: AddedToken, _ field: String) {
    let text = String(decoding: token.content, as: UTF8.self).shown()
    notes.append(
      "\(file.shown()): \(field) gives '\(text)' the id \(id); Hugging Face's library, which counts on from the "
        + "model's vocabulary, gives it \(token.id), and so does spunge-eval")
  }
}
