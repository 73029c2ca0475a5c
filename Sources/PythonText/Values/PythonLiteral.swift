import Formats

/// Reads Python's notation of plain values, and nothing that computes, as `ast.literal_eval` does.
struct PythonLiteral {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0
  private static let depthLimit = 100

  /// - Throws: `TemplateFault` when the text is anything but one value.
  static func value(of text: String) throws(TemplateFault) -> Value {
    var literal = PythonLiteral(text)
    literal.skipSpace(includingNewlines: true)
    let value = try literal.parseItems(until: nil)
    guard literal.next == nil else { throw literal.fault("text after the end of the value") }
    return value
  }

  private init(_ text: String) {
    var scalars: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars {
      // Newlines of every kind are `\n` to Python.
      if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
      scalars.append(scalar)
    }
    self.scalars = scalars.map { $0 == "\r" ? "\n" : $0 }
  }

  private func fault(_ problem: String) -> TemplateFault {
    TemplateFault("not a Python value: \(problem) at character \(position + 1)")
  }

  private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private func peek(_ offset: Int) -> Unicode.Scalar? {
    position + offset < scalars.count ? scalars[position + offset] : nil
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace(includingNewlines: Bool) {
    while let scalar = next {
      if scalar == "#", includingNewlines {
        while let scalar = next, scalar != "\n" { position += 1 }
      } else if scalar == " " || scalar == "\t" || scalar == "\u{c}"
        || (includingNewlines && scalar == "\n")
      {
        position += 1
      } else if scalar == "\\", peek(1) == "\n" {
        position += 2
      } else {
        return
      }
    }
  }

  // MARK: Collections

  /// What stands between brackets, or at the top: one value, or a tuple if there is a comma.
  private mutating func parseItems(
    until closing: Unicode.Scalar?
  ) throws(TemplateFault) -> Value {
    var (items, hasComma) = ([Value](), false)
    while next != closing {
      if !items.isEmpty, !hasComma { throw fault("expected a comma") }
      items.append(try parseValue())
      skipSpace(includingNewlines: true)
      hasComma = take(",")
      skipSpace(includingNewlines: true)
    }
    if closing == "]" { return .list(items) }
    return items.count == 1 && !hasComma ? items[0] : try tuple(items)
  }

  /// Without brackets there is no empty tuple.
  private func tuple(_ items: [Value]) throws(TemplateFault) -> Value {
    if items.isEmpty, depth == 0 { throw fault("there is no value") }
    return .tuple(items)
  }

  private mutating func parseMapping() throws(TemplateFault) -> Value {
    var mapping = Mapping()
    while next != "}" {
      let key = try parseValue()
      guard key.isHashable else { throw fault("a \(key.typeName) cannot be a key") }
      skipSpace(includingNewlines: true)
      guard take(":") else { throw fault("expected ':'") }
      skipSpace(includingNewlines: true)
      mapping[key] = try parseValue()
      skipSpace(includingNewlines: true)
      let hasComma = take(",")
      skipSpace(includingNewlines: true)
      if !hasComma, next != "}" { throw fault("expected ',' or '}'") }
    }
    return .mapping(mapping)
  }

  private mutating func parseBracketed(
    _ closing: Unicode.Scalar
  ) throws(TemplateFault) -> Value {
    position += 1
    depth += 1
    defer { depth -= 1 }
    if depth > Self.depthLimit { throw fault("nested more than \(Self.depthLimit) deep") }
    skipSpace(includingNewlines: true)
    let value = closing == "}" ? try parseMapping() : try parseItems(until: closing)
    guard take(closing) else { throw fault("expected '\(closing)'") }
    return value
  }

  private mutating func parseValue() throws(TemplateFault) -> Value {
    switch next {
    case "["?: return try parseBracketed("]")
    case "("?: return try parseBracketed(")")
    case "{"?: return try parseBracketed("}")
    case "+"?, "-"?:
      let sign = take("-") ? "-" : "+"
      if sign == "+" { position += 1 }
      skipSpace(includingNewlines: depth > 0)
      guard let scalar = next, scalar.isASCIIDigit || scalar == "." else {
        throw fault("expected a number")
      }
      return try parseNumber().signed(sign)
    case let scalar? where scalar.isASCIIDigit || scalar == ".": return try parseNumber()
    case "\""?, "'"?: return .string(try parseStrings())
    case let scalar? where scalar.properties.isAlphabetic: return try parseWord()
    default: throw fault("expected a value")
    }
  }

  private mutating func parseWord() throws(TemplateFault) -> Value {
    let start = position
    while let scalar = next, scalar.properties.isAlphabetic || scalar.isASCIIDigit || scalar == "_"
    {
      position += 1
    }
    let word = String(scalars: scalars[start..<position])
    if next == "\"" || next == "'", ["r", "u"].contains(word.lowercased()) {
      position = start
      return .string(try parseStrings())
    }
    switch word {
    case "None": return .none
    case "True": return .bool(true)
    case "False": return .bool(false)
    default:
      position = start
      throw fault("the name '\(word)' is no value")
    }
  }

  // MARK: Numbers

  private mutating func parseNumber() throws(TemplateFault) -> Value {
    let start = position
    while let scalar = next,
      scalar.isASCIIDigit || scalar == "." || scalar == "_" || scalar.properties.isAlphabetic
        || ((scalar == "+" || scalar == "-") && isExponent(start))
    { position += 1 }
    let written = String(scalars: scalars[start..<position])
    let digits = written.replacing(codePointsOf: "_", with: "").lowercased()
    let isWellFormed = Self.separatesDigits(scalars[start..<position])
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
      guard isWellFormed, let value = Int(digits.dropFirst(2), radix: radix) else { break }
      return .integer(value)
    }
    if isWellFormed, digits.isASCIIDigits {
      let isZero = digits.allSatisfy { $0 == "0" }
      if let value = Int(digits), isZero || !digits.hasPrefix("0") { return .integer(value) }
    } else if isWellFormed, let value = Self.float(digits) {
      return .float(value)
    }
    position = start
    throw fault("'\(written)' is no number")
  }

  /// Whether the sign here follows the `e` of a decimal number.
  private func isExponent(_ start: Int) -> Bool {
    position > start && (scalars[position - 1] == "e" || scalars[position - 1] == "E")
      && !(scalars[start] == "0" && start + 1 < position && scalars[start + 1] == "x")
  }

  /// Underscores stand between digits only, or behind a prefix such as `0x`.
  private static func separatesDigits(_ number: ArraySlice<Unicode.Scalar>) -> Bool {
    number.indices.allSatisfy { index in
      guard number[index] == "_" else { return true }
      guard index > number.startIndex, index + 1 < number.endIndex else { return false }
      let (before, after) = (number[index - 1], number[index + 1])
      let isPrefixed =
        number.count > 2 && "xXoObB".unicodeScalars.contains(number[number.startIndex + 1])
      return isPrefixed
        ? before != "_" && after != "_" : before.isASCIIDigit && after.isASCIIDigit
    }
  }

  /// A decimal fraction; Swift wants digits on both sides of the point.
  private static func float(_ digits: String) -> Double? {
    let parts = digits.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
    let mantissa = String(parts[0])
    guard mantissa.contains(where: \.isWholeNumber),
      digits.unicodeScalars.allSatisfy({ "0123456789.e+-".unicodeScalars.contains($0) })
    else { return nil }
    let padded =
      (mantissa.hasPrefix(".") ? "0" : "") + mantissa + (mantissa.hasSuffix(".") ? "0" : "")
    return Double(parts.count == 2 ? "\(padded)e\(parts[1])" : padded)
  }

  // MARK: Strings

  /// One string or several that stand side by side.
  private mutating func parseStrings() throws(TemplateFault) -> String {
    var text = ""
    while true {
      let start = position
      var isRaw = false
      if next == "r" || next == "R" || next == "u" || next == "U" {
        isRaw = next == "r" || next == "R"
        position += 1
      }
      guard next == "\"" || next == "'" else {
        position = start
        return text
      }
      text += try parseString(isRaw: isRaw)
      skipSpace(includingNewlines: depth > 0)
    }
  }

  private mutating func parseString(isRaw: Bool) throws(TemplateFault) -> String {
    guard let quote = next else { throw fault("expected a string") }
    let isLong = peek(1) == quote && peek(2) == quote
    position += isLong ? 3 : 1
    var text = String.UnicodeScalarView()
    while let scalar = next {
      position += 1
      if scalar == quote, !isLong { return String(text) }
      if scalar == quote, next == quote, peek(1) == quote {
        position += 2
        return String(text)
      }
      if scalar == "\n", !isLong { break }
      if scalar == "\\", isRaw {
        text.append(scalar)
        if let escaped = next {
          text.append(escaped)
          position += 1
        }
      } else if scalar == "\\" {
        try parseEscape(into: &text)
      } else {
        text.append(scalar)
      }
    }
    throw fault("a string is never closed")
  }

  private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
    "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{c}", "n": "\n",
    "r": "\r", "t": "\t", "v": "\u{b}",
  ]

  private mutating func parseEscape(
    into text: inout String.UnicodeScalarView
  ) throws(TemplateFault) {
    guard let letter = next else { throw fault("the text ends inside an escape") }
    position += 1
    if let meant = Self.escapes[letter] { return text.append(meant) }
    switch letter {
    case "\n": break
    case "x": text.append(try codePoint(digits: 2))
    case "u": text.append(try codePoint(digits: 4))
    case "U": text.append(try codePoint(digits: 8))
    case "0"..."7":
      var code = letter.value - 0x30
      for _ in 0..<2 {
        guard let digit = next, ("0"..."7").contains(digit) else { break }
        code = code * 8 + digit.value - 0x30
        position += 1
      }
      if let scalar = Unicode.Scalar(code) { text.append(scalar) }
    case "N": throw fault("characters by name are not supported")
    default: text.append(contentsOf: ["\\", letter])
    }
  }

  private mutating func codePoint(digits: Int) throws(TemplateFault) -> Unicode.Scalar {
    let end = position + digits
    guard end <= scalars.count else { throw fault("the text ends inside an escape") }
    let hexadecimal = String(scalars: scalars[position..<end])
    guard hexadecimal.allSatisfy(\.isHexDigit),
      let scalar = UInt32(hexadecimal, radix: 16).flatMap(Unicode.Scalar.init)
    else { throw fault("this is no character") }
    position = end
    return scalar
  }
}
