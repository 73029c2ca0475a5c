extension RegexParser {
  /// What follows an opening parenthesis; `nil` for a comment.
  mutating func group() throws(TemplateFault) -> RegexNode? {
    guard take("?") else { return try capture(nil) }
    switch try take() {
    case ":": return try closed(try alternatives())
    case "=": return .look(try closed(try alternatives()), isAhead: true, isNegated: false)
    case "!": return .look(try closed(try alternatives()), isAhead: true, isNegated: true)
    case ">": return .atomic(try closed(try alternatives()))
    case "<":
      let isNegated = take("!")
      guard isNegated || take("=") else { throw TemplateFault("unknown extension ?<") }
      let body = try closed(try alternatives())
      guard body.width != nil else {
        throw TemplateFault("look-behind requires fixed-width pattern")
      }
      return .look(body, isAhead: false, isNegated: isNegated)
    case "P":
      if take("<") { return try capture(try take(through: ">")) }
      guard take("=") else { throw TemplateFault("unknown extension ?P") }
      return try backreference(try take(through: ")"))
    case "#":
      _ = try take(through: ")")
      return nil
    case "(": return try conditional()
    case let scalar: return try flagged(scalar)
    }
  }

  private mutating func capture(_ name: String?) throws(TemplateFault) -> RegexNode {
    let number = try newGroup(name)
    let body = try closed(try alternatives())
    close(number)
    return .capture(number, body)
  }

  private mutating func closed(_ node: RegexNode) throws(TemplateFault) -> RegexNode {
    guard take(")") else { throw TemplateFault("missing ), unterminated subpattern") }
    return node
  }

  /// `(?(group)yes|no)`
  private mutating func conditional() throws(TemplateFault) -> RegexNode {
    let group = try laterGroup(try take(through: ")"))
    let body = try closed(try alternatives())
    guard case .alternatives(let branches) = body else {
      return .conditional(group, body, .sequence([]))
    }
    guard branches.count == 2 else {
      throw TemplateFault("conditional backref with more than two branches")
    }
    return .conditional(group, branches[0], branches[1])
  }

  // MARK: Flags

  /// `(?i)` at the start of the pattern: it holds for all of it.
  mutating func readLeadingFlags() throws(TemplateFault) {
    while true {
      var ahead = self
      guard ahead.take("(?") else { return }
      let letters = ahead.take { Self.flag($0) != nil || $0 == "u" }
      guard !letters.isEmpty, ahead.take(")") else { return }
      ahead.flags.formUnion(Self.flags(letters))
      self = ahead
    }
  }

  /// `(?i:…)`, `(?s-i:…)`: flags for a part.
  private mutating func flagged(_ first: Unicode.Scalar) throws(TemplateFault) -> RegexNode {
    let isFlag = { (scalar: Unicode.Scalar) in Self.flag(scalar) != nil || scalar == "u" }
    guard isFlag(first) || first == "-" else { throw TemplateFault("unknown extension ?\(first)") }
    let outer = flags
    if first != "-" {
      flags.formUnion(Self.flags(String(first) + take(while: isFlag)))
    }
    if first == "-" || take("-") {
      let letters = take(while: isFlag)
      if letters.isEmpty { throw TemplateFault("missing flag") }
      flags.subtract(Self.flags(letters))
    }
    if next == ")" { throw TemplateFault("global flags not at the start of the expression") }
    guard take(":") else { throw TemplateFault("unknown flag") }
    let body = try closed(try alternatives())
    flags = outer
    return body
  }

  private static func flags(_ letters: String) -> RegexFlags {
    RegexFlags(letters.unicodeScalars.compactMap(flag))
  }

  private static func flag(_ letter: Unicode.Scalar) -> RegexFlags? {
    switch letter {
    case "i": .ignoreCase
    case "m": .multiLine
    case "s": .dotMatchesAll
    case "x": .verbose
    case "a": .ascii
    default: nil
    }
  }
}
