import Formats
import PythonText

/// WinoGrande: two contexts, each with one option in the blank, and one continuation.
enum WinoGrandeHooks {
  /// Index of the right context.
  static func text(_ document: Document) throws(TemplateFault) -> Value {
    let answer = try document.required("answer").text
    guard let index = ["1": 0, "2": 1][answer] else {
      throw TemplateFault("column 'answer' must be \"1\" or \"2\", not \"\(answer)\"")
    }
    return .integer(index)
  }

  /// What follows the blank.
  static func target(_ document: Document) throws(TemplateFault) -> Value {
    .string(try parts(document).after.stripped())
  }

  /// What precedes the blank, with either option.
  static func choices(_ document: Document) throws(TemplateFault) -> Value {
    let before = try parts(document).before
    return .list([
      .string(before + (try document.requiredString("option1"))),
      .string(before + (try document.requiredString("option2"))),
    ])
  }

  private static func parts(
    _ document: Document
  ) throws(TemplateFault) -> (before: String, after: String) {
    let parts = try document.requiredString("sentence").split(codePointsOf: "_", limit: 1)
    guard parts.count == 2 else { throw TemplateFault("column 'sentence' has no blank '_'") }
    return (parts[0], parts[1])
  }
}
