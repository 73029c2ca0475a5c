extension TemplateLexer {
  private static let symbols = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
    "}", ">", "<", "=", ".", ":", "|", ",", ";",
  ]

  /// One name, number, string or operator.
  mutating func lexToken() throws(TemplateError) {
    let start = position
    let scalar = scalars[start]
    if scalar == "\"" || scalar == "'" { return try lexString(quote: scalar) }
    if scalar.isASCIIDigit { return try lexNumber() }
    if scalar == "_" || scalar.properties.isXIDStart {
      while position < scalars.count,
        scalars[position] == "_" || scalars[position].properties.isXIDContinue
      {
        position += 1
      }
      return emit(.name(Self.string(scalars[start..<position])), at: start)
    }
    guard let symbol = Self.symbols.first(where: { at($0) }) else {
      throw .syntax(place(at: start), "unexpected character '\(scalar)'")
    }
    position += symbol.utf8.count
    emit(.symbol(symbol), at: start)
  }

  private mutating func lexNumber() throws(TemplateError) {
    let start = position
    // `a.0.1` indexes twice: after a dot there are no fractions.
    let afterDot = start > 0 && scalars[start - 1] == "."
    var text = takeDigits()
    var isFloat = false
    if !afterDot, at("."), position + 1 < scalars.count, scalars[position + 1].isASCIIDigit {
      position += 1
      text += "." + takeDigits()
      isFloat = true
    }
    if !afterDot, let exponent = takeExponent() {
      text += exponent
      isFloat = true
    }
    if isFloat, let value = Double(text) {
      emit(.float(value), at: start)
    } else if !isFloat, let value = Int(text) {
      emit(.integer(value), at: start)
    } else {
      throw .syntax(place(at: start), "the number \(text) does not fit in 64 bits")
    }
  }

  private mutating func takeDigits() -> String {
    let start = position
    while position < scalars.count, scalars[position].isASCIIDigit || scalars[position] == "_" {
      position += 1
    }
    return Self.string(scalars[start..<position]).filter { $0 != "_" }
  }

  private mutating func takeExponent() -> String? {
    guard at("e") || at("E") else { return nil }
    var index = position + 1
    if at("+", index) || at("-", index) { index += 1 }
    guard index < scalars.count, scalars[index].isASCIIDigit else { return nil }
    let sign = Self.string(scalars[position..<index])
    position = index
    return sign + takeDigits()
  }

  private mutating func lexString(quote: Unicode.Scalar) throws(TemplateError) {
    let start = position
    position += 1
    var text = String.UnicodeScalarView()
    while position < scalars.count, scalars[position] != quote {
      if scalars[position] == "\\" {
        try lexEscape(into: &text)
      } else {
        text.append(scalars[position])
        position += 1
      }
    }
    guard position < scalars.count else {
      throw .syntax(place(at: start), "the string that starts here is never closed")
    }
    position += 1
    emit(.string(String(text)), at: start)
  }

  /// Python's escape sequences; an unknown one stands for itself, backslash included.
  private mutating func lexEscape(into text: inout String.UnicodeScalarView) throws(TemplateError) {
    let start = position
    guard position + 1 < scalars.count else {
      position += 1
      return
    }
    let letter = scalars[position + 1]
    position += 2
    switch letter {
    case "\n": break
    case "\\", "'", "\"": text.append(letter)
    case "n": text.append("\n")
    case "t": text.append("\t")
    case "r": text.append("\r")
    case "a": text.append("\u{7}")
    case "b": text.append("\u{8}")
    case "f": text.append("\u{c}")
    case "v": text.append("\u{b}")
    case "0"..."7": try lexCode(radix: 8, from: position - 1, width: 1...3, at: start, into: &text)
    case "x": try lexCode(radix: 16, from: position, width: 2...2, at: start, into: &text)
    case "u": try lexCode(radix: 16, from: position, width: 4...4, at: start, into: &text)
    case "U": try lexCode(radix: 16, from: position, width: 8...8, at: start, into: &text)
    default: text.append(contentsOf: ["\\", letter])
    }
  }

  private mutating func lexCode(
    radix: Int, from first: Int, width: ClosedRange<Int>, at start: Int,
    into text: inout String.UnicodeScalarView
  ) throws(TemplateError) {
    var digits = ""
    position = first
    while position < scalars.count, digits.count < width.upperBound,
      let value = Character(scalars[position]).hexDigitValue, scalars[position].isASCII,
      value < radix
    {
      digits.unicodeScalars.append(scalars[position])
      position += 1
    }
    guard digits.count >= width.lowerBound, let code = UInt32(digits, radix: radix),
      let scalar = Unicode.Scalar(code)
    else {
      throw .syntax(place(at: start), "this escape sequence is not a character")
    }
    text.append(scalar)
  }
}
