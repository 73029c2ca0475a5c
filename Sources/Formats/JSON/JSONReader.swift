/// Reads one JSON text.
struct JSONReader {
  private var scanner: JSONScanner
  private let policy: JSONPolicy
  private var depth = 0
  private var valuesLeft = Self.valueLimit
  /// So many values fill some gigabytes, however short the text is.
  private static let valueLimit = 30_000_000

  init(_ bytes: UnsafeRawBufferPointer, _ policy: JSONPolicy) {
    scanner = JSONScanner(bytes)
    self.policy = policy
  }

  /// The value that fills the text.
  mutating func only() throws(JSONFault) -> Value {
    let value = try value()
    scanner.skipSpace()
    if scanner.next != nil { throw scanner.fault("text after the end of the value") }
    return value
  }

  private mutating func value() throws(JSONFault) -> Value {
    scanner.skipSpace()
    valuesLeft -= 1
    if valuesLeft < 0 {
      throw scanner.fault("more than \(Self.valueLimit) values in one text; split it")
    }
    switch scanner.next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try scanner.string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString, _ value: Value) throws(JSONFault) -> Value {
    try scanner.word(word)
    return value
  }

  private mutating func enter() throws(JSONFault) {
    guard depth < policy.depthLimit else {
      throw scanner.fault("nested more than \(policy.depthLimit) deep")
    }
    scanner.position += 1
    depth += 1
    scanner.skipSpace()
  }

  private mutating func object() throws(JSONFault) -> Value {
    try enter()
    defer { depth -= 1 }
    var object = Mapping()
    if scanner.take("}") { return .mapping(object) }
    while true {
      scanner.skipSpace()
      guard scanner.next == UInt8(ascii: "\"") else {
        throw scanner.unexpected("a key in double quotes")
      }
      let start = scanner.position
      let key = try scanner.string()
      scanner.skipSpace()
      guard scanner.take(":") else {
        throw scanner.unexpected("':' after the key '\(key.shown())'")
      }
      let isNew = object.set(.string(key), try value())
      guard isNew || policy.takesDuplicates else {
        throw .duplicateKey(key, offset: start)
      }
      scanner.skipSpace()
      if scanner.take("}") { return .mapping(object) }
      guard scanner.take(",") else { throw scanner.unexpected("',' or '}'") }
    }
  }

  private mutating func array() throws(JSONFault) -> Value {
    try enter()
    defer { depth -= 1 }
    var items: [Value] = []
    if scanner.take("]") { return .list(items) }
    while true {
      items.append(try value())
      scanner.skipSpace()
      if scanner.take("]") { return .list(items) }
      guard scanner.take(",") else { throw scanner.unexpected("',' or ']'") }
    }
  }

  private mutating func number() throws(JSONFault) -> Value {
    let start = scanner.position
    if policy.takesInfinity, let value = try scanner.pythonNumber() { return .float(value) }
    switch try scanner.number() {
    case .integer(let value): return .integer(value)
    case .integerBeyond64Bits(let text):
      if policy.roundsLargeIntegers, let value = Double(text), value.isFinite {
        return .float(value)
      }
      throw scanner.fault(
        "the number \(text.shown(limit: 40)) does not fit in 64 bits; write it as a string",
        at: start)
    case .fraction(let value):
      guard value.isFinite || policy.takesInfinity else {
        throw scanner.fault("a number that is out of range", at: start)
      }
      return .float(value)
    }
  }
}
