/// Known names that somebody may have meant by one that is not known.
package enum NearName {
  /// Nobody mistypes a name as long as a page.
  private static let longest = 200

  /// The known names that are near, nearest first: those a few edits away, and those that contain the name or are
  /// contained in it.
  ///
  /// - Parameters:
  ///   - known: the names that there are; of equally near ones the first in this order comes first.
  ///   - limit: most names.
  package static func all(to name: String, in known: [String], limit: Int) -> [String] {
    guard !name.isEmpty, name.utf8.count <= longest else { return [] }
    let written = name.lowercased()
    let near = known.compactMap { candidate -> (name: String, rank: Int)? in
      let other = candidate.lowercased()
      let distance = editDistance(written, other)
      if distance <= edits(name) { return (candidate, distance) }
      // A part of a name says something from three characters on.
      guard min(written.count, other.count) >= 3,
        other.contains(written) || written.contains(other)
      else { return nil }
      return (candidate, distance)
    }
    return near.enumerated()
      .sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
      .prefix(limit).map(\.element.name)
  }

  /// ` (did you mean 'x'?)`, or `'x', 'y' or 'z'` for a larger limit; nothing where no known name is near.
  package static func suggestion(
    for name: String, in known: [String], limit: Int = 1
  ) -> String {
    let near = all(to: name, in: known, limit: limit).map { "'\($0.shown())'" }
    guard let last = near.last else { return "" }
    let others = near.dropLast().joined(separator: ", ")
    return " (did you mean \(others.isEmpty ? "" : "\(others) or ")\(last)?)"
  }

  /// Edits within which a name counts as mistyped.
  private static func edits(_ name: String) -> Int { max(2, name.count / 3) }

  /// Insertions, deletions and substitutions of characters that turn `left` into `right` (Levenshtein).
  private static func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in right.indices {
        let substitution = diagonal + (character == right[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(substitution, row[column] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
