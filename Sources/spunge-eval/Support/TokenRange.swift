import LanguageModels

/// Ids in the input must be in the model's vocabulary.
enum TokenRange {
  static func check(_ ids: [Int32], _ configuration: DecoderConfiguration, row: Int) throws {
    for id in ids where !(0..<configuration.vocabularySize).contains(Int(id)) {
      throw InputError.row(
        path: "input", line: row,
        reason: "id \(id) is outside the vocabulary of \(configuration.vocabularySize)")
    }
  }
}
