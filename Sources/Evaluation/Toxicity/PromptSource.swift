import Formats
import PythonText

/// How a data set is published: where in a row its text, group and toxicity are.
package struct PromptSource: Sendable {
  /// Name on the command line and in experiment files; also the task's name in tables.
  package let name: String
  /// One line for people.
  package let summary: String
  /// Columns whose texts a release has as Python's literals of bytes.
  var byteColumns: [String] = []
  /// What a row says; its groups as they are spelled.
  let read: @Sendable (Document) throws(TemplateFault) -> ToxicityPrompt

  package static let all: [PromptSource] = [
    .toxiGen, .toxiGenRevised, .toxiGenPrompts, .realToxicityPrompts, .civilComments, .text,
  ]

  /// - Throws: `ToxicityError` that lists the known ones.
  package static func named(_ name: String) throws(ToxicityError) -> PromptSource {
    guard let source = all.first(where: { $0.name == name }) else {
      throw .unknownSource(name, known: all.map(\.name))
    }
    return source
  }
}

extension Document {
  /// A column's number; `nil` for null.
  func number(_ column: String) throws(TemplateFault) -> Double? {
    let value = try required(column)
    if case .none = value { return nil }
    // A CSV file holds texts only.
    guard let number = value.doubleValue ?? value.stringValue.flatMap({ Double($0.stripped()) })
    else {
      if value.stringValue?.stripped().isEmpty == true { return nil }
      throw TemplateFault("column '\(column)' must be a number, not '\(value.text.shown())'")
    }
    return number.isFinite ? number : nil
  }
}
