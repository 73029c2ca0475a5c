import Tensors

/// `generation_config.json`: what transformers generates by, of which only the ends of a text are followed here.
enum GenerationFile {
  static let name = "generation_config.json"

  /// The ids that end a completion; nil where the file does not say.
  ///
  /// Negative ids mean that there is none, and stand for nothing.
  /// - Throws: `FileError`, or `ModelError` for ids that are no whole numbers.
  static func endIDs(_ path: String) throws -> [Int]? {
    guard let value = try JSONFile.object(path: path)["eos_token_id"], value != .null else {
      return nil
    }
    let values = value.array ?? [value]
    let ids = values.compactMap(\.integer)
    guard ids.count == values.count else {
      throw ModelError.invalidConfiguration(
        path: path,
        problems: [
          "'eos_token_id' is \(value.shownText); supported: a token id or a list of them"
        ])
    }
    return ids.filter { $0 >= 0 && $0 <= Int(Int32.max) }
  }
}
