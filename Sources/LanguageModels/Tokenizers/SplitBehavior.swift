/// What `Split` does with its matches.
enum SplitBehavior: String, CaseIterable {
  case isolated = "Isolated"
  case removed = "Removed"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  /// Pieces of `range`, none empty, given the matches in it; an empty match parts what is around it.
  func pieces(of range: Range<Int>, matches: [Range<Int>], inverted: Bool) -> [Range<Int>] {
    var parts: [(range: Range<Int>, isMatch: Bool)] = []
    parts.reserveCapacity(matches.count)
    var position = range.lowerBound
    for match in matches {
      if position < match.lowerBound { parts.append((position..<match.lowerBound, inverted)) }
      parts.append((match, !inverted))
      position = match.upperBound
    }
    if position < range.upperBound { parts.append((position..<range.upperBound, inverted)) }
    return joined(parts).filter { !$0.isEmpty }
  }

  private func joined(_ parts: [(range: Range<Int>, isMatch: Bool)]) -> [Range<Int>] {
    switch self {
    case .isolated: parts.map(\.range)
    case .removed: parts.filter { !$0.isMatch }.map(\.range)
    case .contiguous: Self.joined(parts) { $0 == $1 }
    case .mergedWithPrevious: Self.joined(parts) { $1 && !$0 }
    // A match joins what follows unless that is a match too.
    case .mergedWithNext: Self.joined(parts) { $0 && !$1 }
    }
  }

  /// Joins neighbours where `joins(left is match, right is match)`.
  private static func joined(
    _ parts: [(range: Range<Int>, isMatch: Bool)], where joins: (Bool, Bool) -> Bool
  ) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for (index, part) in parts.enumerated() {
      if let last = result.last, joins(parts[index - 1].isMatch, part.isMatch) {
        result[result.count - 1] = last.lowerBound..<part.range.upperBound
      } else {
        result.append(part.range)
      }
    }
    return result
  }
}
