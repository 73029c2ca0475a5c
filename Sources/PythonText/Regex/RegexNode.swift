/// A parsed regular expression.
indirect enum RegexNode: Sendable {
  /// Where a match may stand, without taking anything.
  enum Position: Sendable {
    case textStart, textEnd
    /// `$` without `m`: at the end, or in front of a line feed that ends the text.
    case lastLineEnd
    case lineStart, lineEnd
    case wordBoundary(isNegated: Bool, asciiOnly: Bool)
  }

  enum Greed: Sendable {
    case greedy, lazy, possessive
  }

  /// One code point.
  case one(RegexSet)
  case position(Position)
  case sequence([RegexNode])
  case alternatives([RegexNode])
  /// `(…)`, numbered from 1.
  case capture(Int, RegexNode)
  /// - Parameter maximum: `nil` for any number.
  case repetition(RegexNode, minimum: Int, maximum: Int?, Greed)
  /// The text that a group matched.
  case backreference(Int, ignoresCase: Bool)
  case look(RegexNode, isAhead: Bool, isNegated: Bool)
  /// `(?>…)`: its first way to match is the only one.
  case atomic(RegexNode)
  /// `(?(1)…|…)`: which of the two depends on whether a group has matched.
  case conditional(Int, RegexNode, RegexNode)

  /// Number of code points that it matches, if that is always the same.
  var width: Int? {
    switch self {
    case .one: return 1
    case .position, .look: return 0
    case .sequence(let items):
      var sum = 0
      for item in items {
        guard let width = item.width else { return nil }
        sum += width
      }
      return sum
    case .alternatives(let items):
      guard let width = items.first?.width, items.allSatisfy({ $0.width == width }) else {
        return nil
      }
      return width
    case .capture(_, let body), .atomic(let body): return body.width
    case .repetition(let body, let minimum, let maximum, _):
      guard minimum == maximum, let width = body.width else { return nil }
      let (product, overflow) = width.multipliedReportingOverflow(by: minimum)
      return overflow ? nil : product
    case .backreference: return nil
    case .conditional(_, let first, let second):
      return first.width == second.width ? first.width : nil
    }
  }

  /// Whether it may match without taking anything.
  var mayBeEmpty: Bool {
    switch self {
    case .one: false
    case .position, .look, .backreference: true
    case .sequence(let items): items.allSatisfy(\.mayBeEmpty)
    case .alternatives(let items): items.contains(where: \.mayBeEmpty)
    case .capture(_, let body), .atomic(let body): body.mayBeEmpty
    case .repetition(let body, let minimum, _, _): minimum == 0 || body.mayBeEmpty
    case .conditional(_, let first, let second): first.mayBeEmpty || second.mayBeEmpty
    }
  }

  /// Whether it takes nothing and cannot be repeated.
  var isPosition: Bool {
    if case .position = self { return true }
    return false
  }
}

/// A set of code points: `a`, `.`, `\d`, `[^a-z]`.
struct RegexSet: Sendable {
  enum Category: Sendable {
    case digit, space, word

    /// Python's classes for texts: `str.isdecimal`, `str.isspace`, and `str.isalnum` or `_`.
    func contains(_ scalar: Unicode.Scalar, asciiOnly: Bool) -> Bool {
      if asciiOnly, !scalar.isASCII { return false }
      switch self {
      case .digit: return scalar.properties.generalCategory == .decimalNumber
      case .space: return asciiOnly ? isASCIISpace(scalar) : scalar.isPythonSpace
      case .word: return scalar == "_" || scalar.isPythonAlphanumeric
      }
    }

    private func isASCIISpace(_ scalar: Unicode.Scalar) -> Bool {
      scalar == " " || (0x09...0x0d).contains(scalar.value)
    }
  }

  var ranges: [ClosedRange<UInt32>] = []
  var categories: [(category: Category, isNegated: Bool)] = []
  var isNegated = false
  var ignoresCase = false
  var asciiOnly = false
  /// Membership of the first 128 code points, one bit each.
  private var ascii: (UInt64, UInt64) = (0, 0)

  init(
    ranges: [ClosedRange<UInt32>] = [],
    categories: [(category: Category, isNegated: Bool)] = [], isNegated: Bool = false,
    flags: RegexFlags = RegexFlags()
  ) {
    self.ranges = ranges
    self.categories = categories
    self.isNegated = isNegated
    ignoresCase = flags.contains(.ignoreCase)
    asciiOnly = flags.contains(.ascii)
    if ignoresCase, !asciiOnly {
      // `ſ` also means s, though s has no way to it.
      let single = ranges.filter { $0.lowerBound == $0.upperBound }
      for scalar in single.compactMap({ Unicode.Scalar($0.lowerBound) }) {
        self.ranges += scalar.caseVariants.map { $0.value...$0.value }
      }
    }
    for value in 0..<UInt32(128) {
      guard let scalar = Unicode.Scalar(value), holds(scalar) else { continue }
      if value < 64 { ascii.0 |= 1 << UInt64(value) } else { ascii.1 |= 1 << UInt64(value - 64) }
    }
  }

  init(_ scalar: Unicode.Scalar, flags: RegexFlags) {
    self.init(ranges: [scalar.value...scalar.value], flags: flags)
  }

  /// The code points that a match of `node` can begin with; `nil` where that is not simple to say.
  init?(leading node: RegexNode) {
    switch node {
    case .one(let set): self = set
    case .capture(_, let body), .atomic(let body): self.init(leading: body)
    case .repetition(let body, let minimum, _, _) where minimum > 0: self.init(leading: body)
    case .sequence(let items):
      guard let first = items.first else { return nil }
      self.init(leading: first)
    default: return nil
    }
  }

  /// The only code point of the set, if it has one.
  var only: Unicode.Scalar? {
    guard !isNegated, !ignoresCase, categories.isEmpty, ranges.count == 1,
      ranges[0].lowerBound == ranges[0].upperBound
    else { return nil }
    return Unicode.Scalar(ranges[0].lowerBound)
  }

  /// What asking whether it contains a code point beyond ASCII costs, in steps.
  var cost: Int { (1 + ranges.count / 4 + 4 * categories.count) * (ignoresCase ? 20 : 1) }

  /// `.` under `s`
  var isEverything: Bool { isNegated && ranges.isEmpty && categories.isEmpty }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let value = UInt64(scalar.value)
    if value < 64 { return ascii.0 >> value & 1 == 1 }
    if value < 128 { return ascii.1 >> (value - 64) & 1 == 1 }
    return holds(scalar)
  }

  private func holds(_ scalar: Unicode.Scalar) -> Bool {
    var isIn = lists(scalar)
    if ignoresCase, !isIn, !asciiOnly || scalar.isASCII {
      isIn = scalar.caseVariants.contains { (!asciiOnly || $0.isASCII) && lists($0) }
    }
    return isIn != isNegated
  }

  private func lists(_ scalar: Unicode.Scalar) -> Bool {
    ranges.contains { $0.contains(scalar.value) }
      || categories.contains { entry in
        entry.category.contains(scalar, asciiOnly: asciiOnly) != entry.isNegated
      }
  }
}

/// `(?imsxa)`
struct RegexFlags: OptionSet, Sendable {
  let rawValue: Int
  static let ignoreCase = RegexFlags(rawValue: 1)
  static let multiLine = RegexFlags(rawValue: 2)
  static let dotMatchesAll = RegexFlags(rawValue: 4)
  static let verbose = RegexFlags(rawValue: 8)
  static let ascii = RegexFlags(rawValue: 16)
}

extension Unicode.Scalar {
  /// Python's `str.isalnum` for one code point: letters and everything with a numeric value.
  package var isPythonAlphanumeric: Bool {
    isPythonLetter || properties.numericType != nil
  }

  /// Single code points that differ from this one in case only.
  var caseVariants: [Unicode.Scalar] {
    // Python's mapping is from one code point to one: the dot of İ goes, and ı is like i.
    if ["i", "I", "\u{130}", "\u{131}"].contains(self) {
      return ["i", "I", "\u{130}", "\u{131}"]
    }
    func single(_ text: String) -> Unicode.Scalar? {
      text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
    }
    let nearest = [properties.lowercaseMapping, properties.uppercaseMapping].compactMap(single)
    // A third letter may share the capital: ſ and s, ς and σ.
    return nearest
      + nearest.flatMap { letter in
        [letter.properties.lowercaseMapping, letter.properties.uppercaseMapping].compactMap(single)
      }
  }
}
