/// "Did you mean …?"
enum Suggestion {
  /// `; did you mean 'x'?` if one of the candidates is near, else nothing.
  static func nearest(to name: String, in candidates: [String]) -> String {
    let limit = max(1, name.count / 3)
    let best = candidates.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
    guard let best, best.1 <= limit else { return "" }
    return "; did you mean '\(best.0)'?"
  }

  /// Levenshtein distance, in characters, case ignored.
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.lowercased())
    var row = Array(0...right.count)
    for (index, character) in left.lowercased().enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in right.enumerated() {
        let substitution = diagonal + (character == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(substitution, row[column] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
