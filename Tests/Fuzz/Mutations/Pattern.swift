/// Regular expressions from a grammar, in the dialects that foreign files use.
enum Pattern {
  enum Dialect { case oniguruma, python }

  private static let atoms = [
    "a", "e", "s", " ", ".", "\\w", "\\W", "\\d", "\\D", "\\s", "\\S", "\\b", "\\B", "[a-z]",
    "[^a-z]", "[aeiou]",
    "[\\w']", "[^\\s\\d]", "\\.", "\\n", "é", "日", "[0-9]", "^", "$", "'", "\\'", "x", "ship",
    "(?:s|hip)",
  ]

  private static let onigurumaAtoms = [
    "\\p{L}", "\\p{N}", "\\p{Lu}", "\\P{L}", "\\p{P}", "[\\p{L}\\p{M}]", "\\h", "\\H", "\\R",
    "[[:alpha:]]", "[[:space:]]",
    "[^[:alnum:]]", "\\X", "\\A", "\\z", "\\Z", "\\G", "[a-z&&[^e]]", "\\p{Han}",
    "[^\\r\\n\\p{L}\\p{N}]",
    "\\p{Alpha}", "\\p{^L}", "\\x41", "\\u0061", "\\x{65}", "(?i:THE)", "(?>[a-z]+)",
    "'(?i:[sdmt]|ll|ve|re)",
  ]

  private static let pythonAtoms = [
    "(?i:THE)", "\\A", "\\Z", "[^\\W\\d]", "(?P<n>s)", "(?:a|b)", "\\u0061", "\\x41",
  ]

  static func make(_ dialect: Dialect, _ random: inout Random) -> String {
    alternatives(dialect, depth: 0, &random)
  }

  private static func alternatives(_ dialect: Dialect, depth: Int, _ random: inout Random) -> String
  {
    (0..<random.few(3)).map { _ in
      (0..<random.few(4)).map { _ in piece(dialect, depth: depth, &random) }.joined()
    }.joined(separator: "|")
  }

  private static func piece(_ dialect: Dialect, depth: Int, _ random: inout Random) -> String {
    let own = dialect == .oniguruma ? onigurumaAtoms : pythonAtoms
    let quantifiers = ["", "", "", "*", "+", "?", "+?", "*?", "{1,3}", "{2}", "{,2}", "{2,}"]
    let more = dialect == .oniguruma ? ["++", "*+", "{1,2}+"] : []
    if depth < 2, random.oneIn(4) {
      let groups = ["(", "(?:", "(?=", "(?!", "(?<=", "(?<!"]
      let open = random.pick(groups)
      let isLook = open.hasPrefix("(?") && open != "(?:"
      let inside =
        open.hasPrefix("(?<")
        ? random.pick(atoms) : alternatives(dialect, depth: depth + 1, &random)
      return open + inside + ")" + (isLook ? "" : random.pick(quantifiers))
    }
    let atom = random.pick(random.oneIn(3) ? own : atoms)
    return ["^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\G"].contains(atom)
      ? atom : atom + random.pick(quantifiers + more)
  }
}
