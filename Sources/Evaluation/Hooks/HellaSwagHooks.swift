import Formats
import PythonText

/// HellaSwag's columns, with the marks of the WikiHow part removed.
enum HellaSwagHooks {
  static func processDocument(_ document: Document) throws(TemplateFault) -> Document {
    var result = document
    let context =
      try document.requiredString("ctx_a") + " "
      + document.requiredString("ctx_b").capitalizedAsPython
    let activity = try document.requiredString("activity_label")
    result["query"] = .string(cleaned("\(activity): \(context)"))
    result["choices"] = .list(
      try document.requiredList("endings").map { .string(cleaned($0.text)) })
    let label = try document.required("label")
    guard let gold = label.integerValue ?? Int(label.text.stripped()) else {
      throw TemplateFault("column 'label' must be a whole number, not \(label.representation)")
    }
    result["gold"] = .integer(gold)
    return result
  }

  static func cleaned(_ text: String) -> String {
    let marked = text.stripped().replacing(codePointsOf: " [title]", with: ". ")
    return removingBrackets(marked).replacing(codePointsOf: "  ", with: " ")
  }

  /// Deletes `\[.*?\]`: from each bracket to the nearest closing one on the same line.
  private static func removingBrackets(_ text: String) -> String {
    var (result, rest) = (String.UnicodeScalarView(), Substring(text).unicodeScalars)
    while let opening = rest.firstIndex(of: "[") {
      result.append(contentsOf: rest[..<opening])
      let tail = rest[opening...]
      if let end = tail.firstIndex(where: { $0 == "]" || $0 == "\n" }), tail[end] == "]" {
        rest = tail[tail.index(after: end)...]
      } else {
        result.append("[")
        rest = tail.dropFirst()
      }
    }
    result.append(contentsOf: rest)
    return String(result)
  }
}
