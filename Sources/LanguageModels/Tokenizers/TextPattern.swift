/// What a `Split` or a `Replace` looks for.
enum TextPattern: Sendable {
  /// Text that is not empty.
  case literal([UInt8])
  case words(WordPattern)
  case expression(Expression)

  /// A regular expression in Oniguruma's syntax.
  ///
  /// - Throws: `TokenizerError.invalid` if it is none.
  init(expression: String, file: String, field: String) throws(TokenizerError) {
    if let words = WordPattern(expression: expression) {
      self = .words(words)
    } else {
      self = .expression(try Expression(expression, file: file, field: field))
    }
  }

  /// The matches in `text[range]`, left to right; nothing outside of `range` is seen.
  ///
  /// - Throws: `TokenizerError.tooCostly` where the budget does not suffice.
  func matches(
    in text: [UInt8], _ range: Range<Int>, _ budget: inout EncodingBudget
  ) throws(TokenizerError) -> [Range<Int>] {
    switch self {
    case .literal(let literal): text.occurrences(of: literal, range)
    case .words(let pattern): pattern.words(in: text, range)
    case .expression(let expression): try expression.matches(in: text, range, &budget)
    }
  }
}

extension [UInt8] {
  /// Where `literal` is in `self[range]`, left to right, not overlapping.
  func occurrences(of literal: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
    guard let first = literal.first else { return [] }
    var result: [Range<Int>] = []
    var position = range.lowerBound
    while position + literal.count <= range.upperBound {
      let end = position + literal.count
      if self[position] == first, self[position..<end].elementsEqual(literal) {
        result.append(position..<end)
        position = end
      } else {
        position += 1
      }
    }
    return result
  }

  /// Replaces each occurrence of `old`, left to right.
  func replacing(_ old: [UInt8], with new: [UInt8]) -> [UInt8] {
    let matches = occurrences(of: old, indices)
    return matches.isEmpty ? self : replacing(matches, with: new)
  }

  func replacing(_ ranges: [Range<Int>], with new: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var position = 0
    for range in ranges {
      result += self[position..<range.lowerBound]
      result += new
      position = range.upperBound
    }
    return result + self[position...]
  }
}
