import Formats
package import Yams

/// What YAML may hold, so that a small file cannot stand for an endless tree.
package enum YAMLBounds {
  package struct Fault: InputFailure, CustomStringConvertible {
    package var line: Int
    package var problem: String
    package var description: String { "line \(line): \(problem)" }
  }

  /// Values, those behind aliases counted as often as they are used.
  private static let countLimit = 1 << 17
  private static let depthLimit = 100
  /// Aliases in a text whose keys are no plain words: comparing such keys follows all aliases.
  private static let aliasLimit = 24
  /// Brackets inside each other, which the parser follows by recursion.
  private static let bracketLimit = 200

  /// Looks at a text before it is parsed.
  package static func check(_ text: String) throws(Fault) {
    var prose = Prose()
    var (line, depth, aliases, anchors, hasOddKey) = (1, 0, 0, 0, false)
    var (previous, beforePrevious) = (UInt8(ascii: "\n"), UInt8(ascii: "\n"))
    var (isInAlias, closesValue) = (false, false)
    var margin = Margin()
    for byte in text.utf8 {
      if prose.holds(byte) {
        if byte == UInt8(ascii: "\n") { line += 1 }
        continue
      }
      let isWord = (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf)
      if isWord, " \t\n-,[{:?".utf8.contains(beforePrevious) {
        if previous == UInt8(ascii: "*") { (aliases, isInAlias) = (aliases + 1, true) }
        if previous == UInt8(ascii: "&") { anchors += 1 }
      }
      margin.add(byte, after: previous)
      if margin.isTooDeep {
        throw Fault(line: line, problem: "blocks are nested or indented too deep")
      }
      switch byte {
      case UInt8(ascii: "\n"): line += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        if depth > bracketLimit {
          throw Fault(line: line, problem: "brackets are nested more than \(bracketLimit) deep")
        }
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
      case UInt8(ascii: "?") where " \t\n-,[{".utf8.contains(previous): hasOddKey = true
      case UInt8(ascii: ":") where isInAlias || closesValue: hasOddKey = true
      default: break
      }
      if byte != 0x20, byte != 0x09 {
        closesValue = byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
        if "\n,]}".utf8.contains(byte) { isInAlias = false }
      }
      (beforePrevious, previous) = (previous, byte)
    }
    if hasOddKey, aliases > aliasLimit, anchors > 2 {
      throw Fault(
        line: 1,
        problem: "more than \(aliasLimit) aliases in a file with keys that are no plain words")
    }
  }

  /// Finds the lines of block scalars (`key: |`), in which nothing has a meaning.
  private struct Prose {
    /// Blanks before the first character of the line that began the scalar; nil outside of one.
    private var indentation: Int?
    private var blanks = 0
    private var isAtStart = true
    private var hasQuote = false
    /// What the line ends with so far, blanks left out.
    private var (last, beforeLast) = (UInt8(0), UInt8(0))

    /// Takes the next byte, and says whether it belongs to a block scalar.
    mutating func holds(_ byte: UInt8) -> Bool {
      if byte == UInt8(ascii: "\n") {
        let begins =
          !hasQuote && (last == UInt8(ascii: "|") || last == UInt8(ascii: ">"))
          && ":-?".utf8.contains(beforeLast)
        let isInside = indentation != nil
        if begins, indentation == nil { indentation = blanks }
        (blanks, isAtStart, hasQuote, last, beforeLast) = (0, true, false, 0, 0)
        return isInside
      }
      if isAtStart {
        if byte == 0x20 {
          blanks += 1
          return indentation != nil
        }
        isAtStart = false
        if let outer = indentation, blanks <= outer { indentation = nil }
      }
      guard indentation == nil else { return true }
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { hasQuote = true }
      let isMark = last == UInt8(ascii: "|") || last == UInt8(ascii: ">")
      // The marks of a block scalar may be followed by how it ends and by its indentation.
      if byte != 0x20, byte != 0x09, !(isMark && "+-0123456789".utf8.contains(byte)) {
        (beforeLast, last) = (last, byte)
      }
      return false
    }
  }

  /// The beginning of a line: blanks, and dashes each of which begins a list.
  private struct Margin {
    private var isOver = false
    private var spaces = 0
    private var lists = 0

    var isTooDeep: Bool { spaces > 1000 || lists > bracketLimit }

    mutating func add(_ byte: UInt8, after previous: UInt8) {
      switch byte {
      case UInt8(ascii: "\n"): self = Margin()
      case UInt8(ascii: " ") where !isOver:
        spaces += 1
        if previous == UInt8(ascii: "-") || previous == UInt8(ascii: "?") { lists += 1 }
      case UInt8(ascii: "-") where !isOver, UInt8(ascii: "?") where !isOver: break
      default: isOver = true
      }
    }
  }

  /// Looks at a tree before anything follows its aliases.
  package static func check(_ root: Node) throws(Fault) {
    var count = 0
    try check(root, depth: 0, &count)
  }

  private static func check(
    _ node: Node, depth: Int, _ count: inout Int
  ) throws(Fault) {
    count += 1
    let line = node.mark?.line ?? 1
    if count > countLimit {
      throw Fault(
        line: line, problem: "more than \(countLimit) values, aliases counted as often as used")
    }
    if depth > depthLimit {
      throw Fault(line: line, problem: "values are nested more than \(depthLimit) deep")
    }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        try check(key, depth: depth + 1, &count)
        try check(value, depth: depth + 1, &count)
      }
    case .sequence(let items): for item in items { try check(item, depth: depth + 1, &count) }
    case .scalar, .alias: break
    }
  }
}
