/// A function's place and length in its file.
struct FunctionLength: Equatable {
  /// Line of the declaration, from 1.
  let line: Int
  /// Lines from the declaration to the closing brace.
  let lines: Int
}

/// Just enough reading of Swift and C text to measure functions and find words outside strings.
struct SourceScanner {
  private var line = 1
  private var parentheses = 0
  /// Line of a declaration whose body has not begun.
  private var pending: Int?
  /// For each open brace, the line of the function it belongs to.
  private var braces: [Int?] = []
  private var functions: [FunctionLength] = []
  private let isSwift: Bool

  private init(isSwift: Bool) { self.isSwift = isSwift }

  /// Every function and initialiser with a body, innermost first.
  ///
  /// - Parameters:
  ///   - text: Swift, C or C++.
  ///   - isSwift: in C, a body is what follows `)` outside any other body.
  /// - Returns: their places and lengths.
  static func functions(in text: String, isSwift: Bool) -> [FunctionLength] {
    var scanner = SourceScanner(isSwift: isSwift)
    var word: [UInt8] = []
    for byte in code(of: text).utf8 {
      if isWordByte(byte) {
        word.append(byte)
      } else {
        if isSwift, declarations.contains(String(decoding: word, as: UTF8.self)) {
          scanner.declare()
        }
        word.removeAll(keepingCapacity: true)
        scanner.scan(byte)
      }
    }
    return scanner.functions
  }

  private static let declarations: Set<String> = ["func", "init", "deinit", "subscript"]

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
    default: false
    }
  }

  private mutating func declare() {
    if parentheses == 0 { pending = line }
  }

  private mutating func scan(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "("):
      if !isSwift, !braces.contains(where: { $0 != nil }) { declare() }
      parentheses += 1
    case UInt8(ascii: ")"): parentheses -= 1
    case UInt8(ascii: "{"):
      braces.append(parentheses == 0 ? pending : nil)
      if parentheses == 0 { pending = nil }
    case UInt8(ascii: "}"):
      if case .some(.some(let start)) = braces.popLast() {
        functions.append(FunctionLength(line: start, lines: line - start + 1))
      }
      if parentheses == 0 { pending = nil }
    case UInt8(ascii: ";"): if parentheses == 0 { pending = nil }
    case UInt8(ascii: "\n"): line += 1
    default: break
    }
  }

  /// `text` with comments and string contents replaced by spaces; line breaks stay.
  static func code(of text: String) -> String {
    var blanking = Blanking(Array(text.utf8))
    blanking.scanCode(untilParenthesis: false)
    return String(decoding: blanking.output, as: UTF8.self)
  }
}

/// Copies code and blanks the rest; follows `\(…)` inside strings.
private struct Blanking {
  private let bytes: [UInt8]
  private var position = 0
  private(set) var output: [UInt8] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Copies code up to the end, or to the `)` that closes an interpolation.
  mutating func scanCode(untilParenthesis: Bool) {
    var depth = 0
    while position < bytes.count {
      if starts(with: "//") {
        blank(until: "\n")
      } else if starts(with: "/*") {
        blank(until: "*/")
        blank(count: 2)
      } else if let hashes = stringStart() {
        scanString(hashes: hashes)
      } else if let length = characterLiteral() {
        blank(count: length)
      } else {
        if starts(with: "(") { depth += 1 }
        if starts(with: ")") {
          if depth == 0, untilParenthesis { return }
          depth -= 1
        }
        output.append(bytes[position])
        position += 1
      }
    }
  }

  /// Number of `#` before a string that starts here; nil when none does.
  private func stringStart() -> Int? {
    guard starts(with: "#") || starts(with: "\"") else { return nil }
    let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
    let quote = position + hashes
    return quote < bytes.count && bytes[quote] == UInt8(ascii: "\"") ? hashes : nil
  }

  /// Length of a C character literal that starts here.
  private func characterLiteral() -> Int? {
    guard starts(with: "'"), position + 3 < bytes.count else { return nil }
    let close = bytes[position + 1] == UInt8(ascii: "\\") ? 3 : 2
    return bytes[position + close] == UInt8(ascii: "'") ? close + 1 : nil
  }

  private mutating func scanString(hashes: Int) {
    let fence = String(repeating: "#", count: hashes)
    blank(count: hashes)
    let quote = starts(with: "\"\"\"") ? "\"\"\"" : "\""
    blank(count: quote.utf8.count)
    while position < bytes.count, !starts(with: quote + fence) {
      if quote == "\"", starts(with: "\n") { return }
      if starts(with: "\\\(fence)(") {
        blank(count: 2 + hashes)
        scanCode(untilParenthesis: true)
        blank(count: 1)
      } else if starts(with: "\\\(fence)") {
        blank(count: 2 + hashes)
      } else {
        blank(count: 1)
      }
    }
    blank(count: quote.utf8.count + hashes)
  }

  private func starts(with text: String) -> Bool {
    bytes[position...].starts(with: text.utf8)
  }

  private mutating func blank(count: Int) {
    for byte in bytes[position...].prefix(count) {
      output.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
    }
    position = min(position + count, bytes.count)
  }

  private mutating func blank(until end: String) {
    while position < bytes.count, !starts(with: end) { blank(count: 1) }
  }
}
