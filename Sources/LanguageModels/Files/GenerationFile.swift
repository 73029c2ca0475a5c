import Formats
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
    let values = value.list ?? [value]
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

  /// What a user should know of the ids in `path`, config.json or this file: those that no token has.
  static func remarks(onIDsIn path: String, below count: Int) throws -> [String] {
    let object = try JSONFile.object(path: path)
    return ["bos_token_id", "eos_token_id"].compactMap { field in
      let values = object[field].map { $0.list ?? [$0] } ?? []
      guard let id = values.compactMap(\.integer).first(where: { $0 >= count }) else { return nil }
      return
        "\(path.shown()): '\(field)' has \(id), but the vocabulary has \(count) ids: no text has this one"
    }
  }

  /// Settings that change what greedy transformers writes, and the values that change nothing.
  private static let ignored: [(name: String, neutral: Double?)] = [
    ("repetition_penalty", 1), ("encoder_repetition_penalty", 1), ("no_repeat_ngram_size", 0),
    ("num_beams", 1), ("min_length", 0), ("min_new_tokens", 0), ("suppress_tokens", nil),
    ("begin_suppress_tokens", nil), ("bad_words_ids", nil), ("forced_bos_token_id", nil),
    ("forced_eos_token_id", nil),
  ]

  /// What a user should know: transformers would generate by these, here they are not followed.
  static func remarks(_ path: String) throws -> [String] {
    let object = try JSONFile.object(path: path)
    let found = ignored.filter { setting in
      guard let value = object[setting.name], value != .null, value.list?.isEmpty != true else {
        return false
      }
      return value.number == nil || value.number != setting.neutral
    }
    guard !found.isEmpty else { return [] }
    return [
      "\(path.shown()): \(found.map(\.name).joined(separator: ", ")): not followed; transformers' 'generate' "
        + "would write other completions"
    ]
  }
}
