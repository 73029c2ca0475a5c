/// Reads one JSON text; what becomes of it is up to `Form`.
@usableFromInline
package struct JSONReader<Form: JSONForm> {
  @usableFromInline var scanner: JSONScanner
  @usableFromInline var depth = 0
  @usableFromInline var valuesLeft: Int

  /// So many values fill some gigabytes, however short the text is.
  @inlinable package static var valueLimit: Int { 30_000_000 }

  @inlinable
  init(_ bytes: UnsafeRawBufferPointer) {
    scanner = JSONScanner(bytes)
    valuesLeft = Self.valueLimit
  }

  /// The one value that fills `bytes`, white space aside.
  @inlinable
  package static func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONFault) -> Form.Value {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    reader.scanner.skipSpace()
    if reader.scanner.next != nil { throw reader.scanner.fault("text after the end of the value") }
    return value
  }

  @inlinable
  mutating func value() throws(JSONFault) -> Form.Value {
    scanner.skipSpace()
    valuesLeft -= 1
    if valuesLeft < 0 {
      throw scanner.fault("more than \(Self.valueLimit) values in one text; split it")
    }
    switch scanner.next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return Form.string(try scanner.string())
    case UInt8(ascii: "t"): return try word("true", Form.bool(true))
    case UInt8(ascii: "f"): return try word("false", Form.bool(false))
    case UInt8(ascii: "n"): return try word("null", Form.null)
    default: return try number()
    }
  }

  @inlinable
  mutating func word(_ word: StaticString, _ value: Form.Value) throws(JSONFault) -> Form.Value {
    try scanner.word(word)
    return value
  }

  @inlinable
  mutating func enter() throws(JSONFault) {
    guard depth < Form.depthLimit else {
      throw scanner.fault("nested more than \(Form.depthLimit) deep")
    }
    scanner.position += 1
    depth += 1
    scanner.skipSpace()
  }

  @inlinable
  mutating func object() throws(JSONFault) -> Form.Value {
    try enter()
    defer { depth -= 1 }
    var object = Form.emptyObject
    if scanner.take("}") { return Form.object(object) }
    while true {
      scanner.skipSpace()
      guard scanner.next == UInt8(ascii: "\"") else {
        throw scanner.unexpected("a key in double quotes")
      }
      let start = scanner.position
      let key = try scanner.string()
      scanner.skipSpace()
      guard scanner.take(":") else {
        throw scanner.missingColon(after: key)
      }
      guard Form.set(key, try value(), in: &object) else {
        throw .duplicateKey(key, offset: start)
      }
      scanner.skipSpace()
      if scanner.take("}") { return Form.object(object) }
      guard scanner.take(",") else { throw scanner.unexpected("',' or '}'") }
    }
  }

  @inlinable
  mutating func array() throws(JSONFault) -> Form.Value {
    try enter()
    defer { depth -= 1 }
    var items: [Form.Value] = []
    if scanner.take("]") { return Form.array(items) }
    while true {
      items.append(try value())
      scanner.skipSpace()
      if scanner.take("]") { return Form.array(items) }
      guard scanner.take(",") else { throw scanner.unexpected("',' or ']'") }
    }
  }

  @inlinable
  mutating func number() throws(JSONFault) -> Form.Value {
    let start = scanner.position
    if Form.takesPythonNumbers, let value = try pythonNumber() { return value }
    switch try scanner.number() {
    case .integer(let value): return Form.integer(value)
    case .integerBeyond64Bits(let text):
      if let value = Form.integer(beyond64Bits: text) { return value }
      throw scanner.tooLarge(text, at: start)
    case .fraction(let value):
      if let value = Form.fraction(value) { return value }
      throw scanner.fault("a number that is out of range", at: start)
    }
  }

  /// Not JSON, but what Python writes for such numbers.
  @inlinable
  mutating func pythonNumber() throws(JSONFault) -> Form.Value? {
    switch scanner.next {
    case UInt8(ascii: "N"): return try word("NaN", Form.fraction(.nan) ?? Form.null)
    case UInt8(ascii: "I"): return try word("Infinity", Form.fraction(.infinity) ?? Form.null)
    case UInt8(ascii: "-"):
      guard scanner.position + 1 < scanner.bytes.count,
        scanner.bytes[scanner.position + 1] == UInt8(ascii: "I")
      else { return nil }
      return try word("-Infinity", Form.fraction(-.infinity) ?? Form.null)
    default: return nil
    }
  }
}
