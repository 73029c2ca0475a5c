/// Reads Python's regular expression syntax.
///
/// https://docs.python.org/3.11/library/re.html
struct RegexParser {
  /// Nested deeper, patterns are refused: reading and matching are recursive.
  private static let depthLimit = 100

  private var scalars: ArraySlice<Unicode.Scalar>
  var flags = RegexFlags()
  var groupNames: [String: Int] = [:]
  private(set) var groupCount = 0
  /// Groups that are not closed yet.
  private var openGroups: Set<Int> = []
  /// The highest group that a condition names.
  private var highestReference = 0
  private var depth = 0

  init(_ pattern: String) { scalars = Array(pattern.unicodeScalars)[...] }

  /// The whole pattern.
  mutating func parse() throws(TemplateFault) -> RegexNode {
    try readLeadingFlags()
    let node = try alternatives()
    guard scalars.isEmpty else { throw TemplateFault("unbalanced parenthesis") }
    if highestReference > groupCount {
      throw TemplateFault("unknown group '\(highestReference)'")
    }
    return node
  }

  // MARK: Characters

  var next: Unicode.Scalar? { scalars.first }

  mutating func take() throws(TemplateFault) -> Unicode.Scalar {
    guard let scalar = scalars.popFirst() else { throw TemplateFault("unexpected end") }
    return scalar
  }

  /// Takes `text` if it comes next.
  mutating func take(_ text: String) -> Bool {
    guard scalars.starts(with: text.unicodeScalars) else { return false }
    scalars.removeFirst(text.unicodeScalars.count)
    return true
  }

  mutating func take(while condition: (Unicode.Scalar) -> Bool) -> String {
    let taken = scalars.prefix(while: condition)
    scalars.removeFirst(taken.count)
    return String(scalars: taken)
  }

  /// Everything up to `end`, which is taken too.
  mutating func take(through end: Unicode.Scalar) throws(TemplateFault) -> String {
    let text = take { $0 != end }
    guard scalars.popFirst() != nil else { throw TemplateFault("missing \(end)") }
    return text
  }

  // MARK: Structure

  /// `a|b|c`, up to a closing parenthesis or the end.
  mutating func alternatives() throws(TemplateFault) -> RegexNode {
    depth += 1
    guard depth <= Self.depthLimit else { throw TemplateFault("too many nested groups") }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    depth -= 1
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(TemplateFault) -> RegexNode {
    var items: [RegexNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      if flags.contains(.verbose), skipsSpace() { continue }
      // Flags or a comment are no item.
      guard let item = try item() else { continue }
      items.append(try repeated(item))
    }
    return .sequence(items)
  }

  /// White space and comments between the items of a verbose pattern.
  private mutating func skipsSpace() -> Bool {
    if let scalar = next, scalar == " " || (0x09...0x0d).contains(scalar.value) {
      scalars.removeFirst()
      return true
    }
    guard take("#") else { return false }
    _ = take { $0 != "\n" }
    return true
  }

  private mutating func item() throws(TemplateFault) -> RegexNode? {
    let scalar = try take()
    switch scalar {
    case ".":
      let all = flags.contains(.dotMatchesAll)
      return .one(RegexSet(ranges: all ? [] : [0x0a...0x0a], isNegated: true))
    case "^": return .position(flags.contains(.multiLine) ? .lineStart : .textStart)
    case "$": return .position(flags.contains(.multiLine) ? .lineEnd : .lastLineEnd)
    case "[": return .one(try set())
    case "(": return try group()
    case "\\": return try escape()
    case "*", "+", "?": throw TemplateFault("nothing to repeat")
    case "{" where isBounds: throw TemplateFault("nothing to repeat")
    default: return .one(RegexSet(scalar, flags: flags))
    }
  }

  // MARK: Repetition

  private mutating func repeated(_ item: RegexNode) throws(TemplateFault) -> RegexNode {
    while flags.contains(.verbose), skipsSpace() {}
    guard let bounds = try bounds() else { return item }
    if item.isPosition { throw TemplateFault("nothing to repeat") }
    let greed: RegexNode.Greed = take("?") ? .lazy : take("+") ? .possessive : .greedy
    if next == "*" || next == "+" || next == "?" || startsBounds {
      throw TemplateFault("multiple repeat")
    }
    return .repetition(item, minimum: bounds.minimum, maximum: bounds.maximum, greed)
  }

  private mutating func bounds() throws(TemplateFault) -> (minimum: Int, maximum: Int?)? {
    switch next {
    case "*":
      scalars.removeFirst()
      return (0, nil)
    case "+":
      scalars.removeFirst()
      return (1, nil)
    case "?":
      scalars.removeFirst()
      return (0, 1)
    case "{" where startsBounds:
      scalars.removeFirst()
      let parts = try take(through: "}").split(separator: ",", omittingEmptySubsequences: false)
      let numbers = parts.map { Int($0) }
      guard zip(parts, numbers).allSatisfy({ $0.isEmpty || $1.map { $0 < 1 << 32 } ?? false })
      else { throw TemplateFault("the repetition number is too large") }
      let minimum = numbers[0] ?? 0
      let maximum = parts.count == 1 ? minimum : numbers[1]
      if let maximum, maximum < minimum {
        throw TemplateFault("min repeat greater than max repeat")
      }
      return (minimum, maximum)
    default: return nil
    }
  }

  private var startsBounds: Bool {
    var rest = self
    return rest.take("{") && rest.isBounds
  }

  /// Whether `3}`, `3,}`, `,3}` or `1,3}` comes next; other braces are ordinary.
  private var isBounds: Bool {
    var rest = scalars
    let first = rest.prefix(while: \.isASCIIDigit).count
    rest.removeFirst(first)
    if rest.first == "}" { return first > 0 }
    guard rest.popFirst() == "," else { return false }
    return rest.drop(while: \.isASCIIDigit).first == "}"
  }

  // MARK: Groups

  mutating func newGroup(_ name: String?) throws(TemplateFault) -> Int {
    groupCount += 1
    if let name {
      guard Self.isName(name) else { throw TemplateFault("bad group name '\(name)'") }
      guard groupNames.updateValue(groupCount, forKey: name) == nil else {
        throw TemplateFault("the group name '\(name)' is used twice")
      }
    }
    openGroups.insert(groupCount)
    return groupCount
  }

  mutating func close(_ group: Int) { openGroups.remove(group) }

  static func isName(_ name: String) -> Bool {
    name.unicodeScalars.first.map { $0 == "_" || $0.properties.isXIDStart } ?? false
      && name.unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue }
  }

  /// A group by name or number; it must exist.
  func group(_ reference: String) throws(TemplateFault) -> Int {
    if let group = groupNames[reference] { return group }
    guard let group = Int(reference), group > 0, group <= groupCount, reference.isASCIIDigits
    else { throw TemplateFault("unknown group '\(reference)'") }
    return group
  }

  /// As `group`, but by number it may also be one that is only opened later.
  mutating func laterGroup(_ reference: String) throws(TemplateFault) -> Int {
    guard reference.isASCIIDigits, let number = Int(reference), number > 0 else {
      return try group(reference)
    }
    highestReference = max(highestReference, number)
    return number
  }

  func backreference(_ reference: String) throws(TemplateFault) -> RegexNode {
    let group = try group(reference)
    if openGroups.contains(group) { throw TemplateFault("cannot refer to an open group") }
    return .backreference(group, ignoresCase: flags.contains(.ignoreCase))
  }
}
