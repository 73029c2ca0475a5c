import Formats
import Foundation

/// Python's `text % values`: `%s`, `%5.2f`, `%(name)d`.
struct PythonFormat {
  private var scalars: ArraySlice<Unicode.Scalar>
  private let values: Value
  private var used = 0

  static func text(_ pattern: String, _ values: Value) throws(TemplateFault) -> String {
    var format = PythonFormat(
      scalars: Array(pattern.unicodeScalars)[...], values: values)
    return try format.run()
  }

  private init(scalars: ArraySlice<Unicode.Scalar>, values: Value) {
    self.scalars = scalars
    self.values = values
  }

  private mutating func run() throws(TemplateFault) -> String {
    var (result, isNamed) = ("", false)
    while let scalar = scalars.popFirst() {
      guard scalar == "%" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      if scalars.first == "(" { isNamed = true }
      result += try conversion()
      try String.checkLength(pieces: 1, of: result.utf8.count)
    }
    let isMapping = values.mappingValue != nil
    if !isNamed, !isMapping, used < (values.tupleItems?.count ?? 1) {
      throw TemplateFault("not all values are used by the format")
    }
    return result
  }

  private struct Style {
    var isLeft = false
    var sign = ""
    var isZeroPadded = false
    var width = 0
    var precision: Int?
  }

  private mutating func conversion() throws(TemplateFault) -> String {
    if scalars.first == "%" {
      scalars.removeFirst()
      return "%"
    }
    var named: Value?
    if scalars.first == "(" {
      let name = String(scalars: scalars.dropFirst().prefix { $0 != ")" })
      scalars = scalars.dropFirst(name.unicodeScalars.count + 2)
      guard let value = values.mappingValue?[name] else {
        throw TemplateFault("the format names '\(name.shown())', which is not given")
      }
      named = value
    }
    var style = Style()
    flags: while let flag = scalars.first {
      switch flag {
      case "-": style.isLeft = true
      case "+": style.sign = "+"
      case " ": if style.sign.isEmpty { style.sign = " " }
      case "0": style.isZeroPadded = true
      default: break flags
      }
      scalars.removeFirst()
    }
    style.width = try number() ?? 0
    if scalars.first == "." {
      scalars.removeFirst()
      style.precision = try number() ?? 0
    }
    guard let letter = scalars.popFirst() else { throw TemplateFault("the format is incomplete") }
    let value = if let named { named } else { try next() }
    return try padded(text(of: value, letter, &style), style)
  }

  private mutating func number() throws(TemplateFault) -> Int? {
    let digits = scalars.prefix(while: \.isASCIIDigit)
    if scalars.first == "*" { throw TemplateFault("widths from the values are not supported") }
    guard !digits.isEmpty else { return nil }
    scalars = scalars.dropFirst(digits.count)
    guard let value = Int(String(scalars: digits)), value <= 1000 else {
      throw TemplateFault("the format's width or precision is larger than 1000")
    }
    return value
  }

  private mutating func next() throws(TemplateFault) -> Value {
    let items = values.tupleItems ?? [values]
    guard used < items.count else { throw TemplateFault("the format needs more values") }
    used += 1
    return items[used - 1]
  }

  private func text(
    of value: Value, _ letter: Unicode.Scalar, _ style: inout Style
  ) throws(TemplateFault) -> String {
    switch letter {
    case "s", "r":
      style.isZeroPadded = false
      style.sign = ""
      let text = letter == "s" ? value.text : value.representation
      return style.precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
    case "d", "i", "u":
      let whole =
        value.integerValue
        ?? value.doubleValue.flatMap {
          Int(exactly: $0.rounded(.towardZero))
        }
      guard let number = whole, style.precision == nil else { break }
      return signed(String(number.magnitude), isNegative: number < 0, style)
    case "x", "X", "o":
      guard let number = value.integerValue, style.precision == nil else { break }
      let digits = String(
        number.magnitude, radix: letter == "o" ? 8 : 16, uppercase: letter == "X")
      return signed(digits, isNegative: number < 0, style)
    case "f", "F", "e", "E", "g", "G":
      guard let number = value.doubleValue, number.isFinite else { break }
      let digits = String(format: "%.\(style.precision ?? 6)\(letter)", number.magnitude)
      return signed(digits, isNegative: number.sign == .minus, style)
    case "c":
      if let text = value.stringValue, text.unicodeScalars.count == 1 { return text }
      if let scalar = value.integerValue.flatMap({ UInt32(exactly: $0) })
        .flatMap(Unicode.Scalar.init)
      {
        return String(scalar)
      }
    default: throw TemplateFault("the format '%\(String(letter).shown())' is not supported")
    }
    throw TemplateFault("the format '%\(letter)' does not take a \(value.typeName) here")
  }

  private func signed(_ digits: String, isNegative: Bool, _ style: Style) -> String {
    let sign = isNegative ? "-" : style.sign
    let zeros =
      style.isZeroPadded && !style.isLeft
      ? max(0, style.width - sign.utf8.count - digits.utf8.count) : 0
    return sign + String(repeating: "0", count: zeros) + digits
  }

  private func padded(_ text: String, _ style: Style) throws(TemplateFault) -> String {
    try text.padded(to: style.width, with: " ", style.isLeft ? .right : .left)
  }
}

extension Value {
  fileprivate var tupleItems: [Value]? {
    if case .tuple(let items) = self { return items }
    return nil
  }
}
