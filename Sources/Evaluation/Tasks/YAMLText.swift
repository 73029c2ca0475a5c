import Foundation
import Yams

/// Reads YAML as Python does: of equal keys in one mapping the last wins.
enum YAMLText {
  /// In front of keys that a later one of the same name replaces; a private-use character.
  static let supersededMark = "\u{e000}"
  private static let supersededLimit = 64

  /// - Returns: the root, and the keys that were written more than once.
  static func compose(_ text: String) throws -> (root: Node?, repeated: [String]) {
    var (text, repeated) = (text, [String]())
    while true {
      do {
        return (try Yams.compose(yaml: text, .default, .default, .utf8), repeated)
      } catch YamlError.duplicatedKeysInMapping(let duplicates, let context)
        where repeated.count < supersededLimit
      {
        guard let marked = marking(text, context.mark) else {
          throw YamlError.duplicatedKeysInMapping(duplicates: duplicates, context: context)
        }
        text = marked
        repeated += duplicates.prefix(1).map { $0.replacing(supersededMark, with: "") }
      }
    }
  }

  /// The text with the mark in front of the key that begins at `place`.
  private static func marking(_ text: String, _ place: Mark) -> String? {
    var scalars = text.unicodeScalars
    var index = scalars.startIndex
    for _ in 1..<max(place.line, 1) {
      guard let newline = scalars[index...].firstIndex(of: "\n") else { return nil }
      index = scalars.index(after: newline)
    }
    guard
      var key = scalars.index(index, offsetBy: place.column - 1, limitedBy: scalars.endIndex),
      key < scalars.endIndex
    else { return nil }
    if scalars[key] == "\"" || scalars[key] == "'" { key = scalars.index(after: key) }
    scalars.insert(contentsOf: supersededMark.unicodeScalars, at: key)
    return String(scalars)
  }
}
