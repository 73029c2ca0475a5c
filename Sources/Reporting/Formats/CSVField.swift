/// A field of comma-separated values (RFC 4180).
package enum CSVField {
  /// `text`, in quotation marks where a reader would otherwise take it apart.
  package static func quoted(_ text: String) -> String {
    // Carriage return and line feed together are one character.
    guard text.contains(where: { ["," as Character, "\"", "\n", "\r", "\r\n"].contains($0) }) else {
      return text
    }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
