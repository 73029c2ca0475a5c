import Foundation

/// What a `Split` or a `Replace` looks for.
enum TextPattern: Sendable {
  case literal([UInt8])
  case words(WordPattern)
  case expression(NSRegularExpression)

  /// A regular expression in Oniguruma's syntax; nil if it is not valid.
  init?(expression: String) {
    if let words = WordPattern(expression: expression) {
      self = .words(words)
      return
    }
    // ICU's \s lacks U+000B and U+0085, which Oniguruma's has.
    var adapted = ""
    var isEscaped = false
    for scalar in expression.unicodeScalars {
      switch scalar {
      case "s" where isEscaped: adapted += "p{White_Space}"
      case "S" where isEscaped: adapted += "P{White_Space}"
      default: adapted.unicodeScalars.append(scalar)
      }
      isEscaped = scalar == "\\" && !isEscaped
    }
    guard let compiled = try? NSRegularExpression(pattern: adapted) else { return nil }
    self = .expression(compiled)
  }

  /// The matches in `text[range]`, none empty, left to right; nothing outside of `range` is seen.
  func matches(in text: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
    switch self {
    case .literal(let literal): Self.occurrences(of: literal, in: text, range)
    case .words(let pattern): Self.words(pattern, in: text, range)
    case .expression(let expression): Self.matches(of: expression, in: text, range)
    }
  }

  private static func occurrences(
    of literal: [UInt8], in text: [UInt8], _ range: Range<Int>
  ) -> [Range<Int>] {
    guard let first = literal.first else { return [] }
    var result: [Range<Int>] = []
    var position = range.lowerBound
    while position + literal.count <= range.upperBound {
      let end = position + literal.count
      if text[position] == first, text[position..<end].elementsEqual(literal) {
        result.append(position..<end)
        position = end
      } else {
        position += 1
      }
    }
    return result
  }

  private static func words(
    _ pattern: WordPattern, in text: [UInt8], _ range: Range<Int>
  ) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let end = pattern.end(of: text, from: start, in: range)
      result.append(start..<end)
      start = end
    }
    return result
  }

  private static func matches(
    of expression: NSRegularExpression, in text: [UInt8], _ range: Range<Int>
  ) -> [Range<Int>] {
    let string = String(decoding: text[range], as: UTF8.self)
    let whole = NSRange(location: 0, length: string.utf16.count)
    // Matches come in order, so one walk turns UTF-16 offsets into UTF-8 ones.
    var offset16 = 0
    var offset8 = range.lowerBound
    func position(_ target: Int) -> Int {
      while offset16 < target, offset8 < range.upperBound {
        let length = text.scalarLength(at: offset8)
        offset16 += length == 4 ? 2 : 1
        offset8 += length
      }
      return min(offset8, range.upperBound)
    }
    return expression.matches(in: string, range: whole).compactMap { match in
      guard match.range.length > 0 else { return nil }
      let start = position(match.range.location)
      return start..<position(match.range.location + match.range.length)
    }
  }
}

/// What `Split` does with its matches.
enum SplitBehavior: String, CaseIterable {
  case isolated = "Isolated"
  case removed = "Removed"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  /// Pieces of `range` given the matches in it.
  func pieces(of range: Range<Int>, matches: [Range<Int>], inverted: Bool) -> [Range<Int>] {
    var parts: [(range: Range<Int>, isMatch: Bool)] = []
    var position = range.lowerBound
    for match in matches {
      if position < match.lowerBound { parts.append((position..<match.lowerBound, inverted)) }
      parts.append((match, !inverted))
      position = match.upperBound
    }
    if position < range.upperBound { parts.append((position..<range.upperBound, inverted)) }
    switch self {
    case .isolated: return parts.map(\.range)
    case .removed: return parts.filter { !$0.isMatch }.map(\.range)
    case .contiguous: return Self.joined(parts) { $0 == $1 }
    case .mergedWithPrevious: return Self.joined(parts) { $1 && !$0 }
    case .mergedWithNext:
      // A match joins what follows unless that is a match too.
      return Self.joined(parts) { $0 && !$1 }
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
