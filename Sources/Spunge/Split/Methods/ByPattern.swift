import Foundation

/// One part for each regular expression that a document's text, or a column of it, matches.
package struct ByPattern: Splitter {
  package static let card = MethodCard(
    name: "by_pattern", title: "By pattern", reference: "",
    summary: "One part for each regular expression; the first that matches counts.")

  /// A part and the pattern of its documents.
  package struct Pattern: Codable, Sendable, Hashable {
    package var name: String
    /// ICU regular expression, searched anywhere; `(?i)` ignores case.
    package var pattern: String
  }

  /// What happens to a document that matches no pattern.
  package enum Unmatched: String, SettingsChoice {
    case drop
    /// Put into an additional part, `rest`.
    case part
    case error
  }

  /// The parts, in the order in which they are tried.
  package var patterns: [Pattern] = []
  /// Column to search; `text` for the document itself.
  package var column = "text"
  package var unmatched = Unmatched.drop
  /// A part with fewer documents is an error.
  package var minimumDocuments = 2

  /// Maximum number of UTF-16 units to search per document.
  private static let searchedLength = 1 << 20

  package init() {}

  package static let ranges: [String: SettingRange] = ["minimumDocuments": minimumRange]

  package func validate() throws {
    let names = patterns.map(\.name) + ["rest"]
    guard Set(names).count == names.count else {
      throw SettingsError.Problem.invalid(
        "patterns", given: "\(patterns.map(\.name))",
        requirement: "a list of different names, none of them 'rest'")
    }
    _ = try expressions()
  }

  private func expressions() throws -> [NSRegularExpression] {
    try patterns.map { pattern in
      do { return try NSRegularExpression(pattern: pattern.pattern) } catch {
        throw SettingsError.Problem.invalid(
          "patterns", given: "'\(pattern.pattern)' for part '\(pattern.name)'",
          requirement: "a regular expression as ICU reads it")
      }
    }
  }

  package func split(
    _ documents: [ForgetDocument], in context: inout SplitContext
  ) throws -> Split {
    try checkNotEmpty(documents)
    guard !patterns.isEmpty else { throw SplitError.noPattern }
    let expressions = try expressions()
    var groups = OrderedGroups()
    var dropped = 0
    for document in documents {
      let text = try searched(document) as NSString
      let range = NSRange(location: 0, length: min(text.length, Self.searchedLength))
      let first = expressions.firstIndex {
        $0.firstMatch(in: text as String, range: range) != nil
      }
      if let first {
        groups.add(document, to: patterns[first].name)
      } else {
        switch unmatched {
        case .drop: dropped += 1
        case .part: groups.add(document, to: "rest")
        case .error: throw SplitError.noMatch(file: document.file, line: document.line)
        }
      }
    }
    let order = patterns.map(\.name) + ["rest"]
    let parts = groups.parts.sorted {
      (order.firstIndex(of: $0.name) ?? 0) < (order.firstIndex(of: $1.name) ?? 0)
    }
    try checkParts(
      parts, minimumDocuments: minimumDocuments, method: "splitting by pattern",
      remedy: "give patterns that documents match")
    return Split(parts: parts, dropped: dropped > 0 ? ["no pattern matches": dropped] : [:])
  }

  private func searched(_ document: ForgetDocument) throws -> String {
    if column == "text" {
      guard let text = document.text else {
        throw SplitError.notText(file: document.file, line: document.line)
      }
      return text
    }
    return try document.attribute(column)
  }
}
