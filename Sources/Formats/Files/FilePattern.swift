/// A path with wildcards: `*` and `?` inside a name, `[a-z]` and `[!a-z]` for one character, and
/// `**` for any number of folders.
package struct FilePattern: Sendable {
  private enum Part {
    case folders
    case name([Token])
  }
  private enum Token {
    case character(Character)
    case anyCharacter
    case anyText
    case oneOf([ClosedRange<Character>], isNegated: Bool)
  }
  private let parts: [Part]
  /// Names that begin with `.` or `__` match only where the pattern has them.
  private let showsHidden: Bool

  init(_ text: String) {
    let names = text.split(separator: "/").filter { $0 != "." }
    parts = names.map { $0 == "**" ? .folders : .name(Self.tokens($0)) }
    showsHidden = names.contains { Self.isHidden($0) }
  }

  static func isHidden(_ name: some StringProtocol) -> Bool {
    name.hasPrefix(".") || name.hasPrefix("__")
  }

  package static func hasWildcards(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

  /// The folders before the first wildcard, and the rest.
  static func split(_ text: String) -> (folder: String, pattern: String) {
    let names = text.split(separator: "/", omittingEmptySubsequences: false)
    let literal = names.prefix { !hasWildcards(String($0)) }.prefix(max(0, names.count - 1))
    return (literal.joined(separator: "/"), names.dropFirst(literal.count).joined(separator: "/"))
  }

  func matches(_ path: String) -> Bool {
    let names = path.split(separator: "/")
    guard showsHidden || !names.contains(where: { Self.isHidden($0) }) else { return false }
    return Self.matches(
      parts, names,
      isRun: { part in
        if case .folders = part { true } else { false }
      },
      one: { part, name in
        guard case .name(let tokens) = part else { return false }
        return Self.matches(
          tokens, Array(name),
          isRun: { token in
            if case .anyText = token { true } else { false }
          }, one: Self.matches)
      })
  }

  /// Matches element by element; after a mismatch the last run takes one element more.
  private static func matches<Part, Element>(
    _ pattern: [Part], _ text: [Element], isRun: (Part) -> Bool,
    one: (Part, Element) -> Bool
  ) -> Bool {
    var (position, index) = (0, 0)
    var run: (position: Int, index: Int)?
    while index < text.count {
      if position < pattern.count, isRun(pattern[position]) {
        run = (position, index)
        position += 1
      } else if position < pattern.count, one(pattern[position], text[index]) {
        position += 1
        index += 1
      } else if let last = run {
        run = (last.position, last.index + 1)
        (position, index) = (last.position + 1, last.index + 1)
      } else {
        return false
      }
    }
    return pattern[position...].allSatisfy(isRun)
  }

  private static func matches(_ token: Token, _ character: Character) -> Bool {
    switch token {
    case .character(let other): other == character
    case .anyCharacter, .anyText: true
    case .oneOf(let ranges, let isNegated):
      ranges.contains { $0.contains(character) } != isNegated
    }
  }

  private static func tokens(_ name: Substring) -> [Token] {
    var tokens: [Token] = []
    var rest = name
    while let character = rest.popFirst() {
      switch character {
      case "*": tokens.append(.anyText)
      case "?": tokens.append(.anyCharacter)
      case "[":
        if let (token, end) = characterClass(rest) {
          tokens.append(token)
          rest = rest[end...]
        } else {
          tokens.append(.character("["))
        }
      default: tokens.append(.character(character))
      }
    }
    return tokens
  }

  /// What stands between brackets, and where the text goes on; nil when they are never closed.
  private static func characterClass(_ text: Substring) -> (Token, Substring.Index)? {
    var body = text
    let isNegated = body.first == "!" || body.first == "^"
    if isNegated { body = body.dropFirst() }
    // A bracket right at the start is a character.
    guard let end = body.dropFirst().firstIndex(of: "]") else { return nil }
    var ranges: [ClosedRange<Character>] = []
    let characters = Array(body[..<end])
    var index = 0
    while index < characters.count {
      let first = characters[index]
      if index + 2 < characters.count, characters[index + 1] == "-" {
        if first <= characters[index + 2] { ranges.append(first...characters[index + 2]) }
        index += 3
      } else {
        ranges.append(first...first)
        index += 1
      }
    }
    return (.oneOf(ranges, isNegated: isNegated), text.index(after: end))
  }
}
