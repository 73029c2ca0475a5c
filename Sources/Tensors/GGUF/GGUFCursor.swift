/// Reads the fields of a GGUF file in sequence, never past its end.
struct GGUFCursor {
  private let bytes: UnsafeRawBufferPointer
  let path: String
  private(set) var position: Int
  /// Remaining limit of array elements: each takes more memory than file space.
  private var elementBudget = 1 << 24

  init(_ bytes: UnsafeRawBufferPointer, path: String, position: Int) {
    self.bytes = bytes
    self.path = path
    self.position = position
  }

  private var remaining: Int { bytes.count - position }

  /// The next little-endian integer.
  mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type, _ what: String
  ) throws(GGUFError) -> Value {
    let width = MemoryLayout<Value>.size
    guard remaining >= width else { throw .truncated(path: path, offset: position, what: what) }
    defer { position += width }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
  }

  /// The next 64-bit count of things that take at least `minimumByteCount` bytes each.
  mutating func count(of what: String, minimumByteCount: Int) throws(GGUFError) -> Int {
    let start = position
    let count = try integer(UInt64.self, what)
    guard count <= UInt64(remaining / minimumByteCount) else {
      throw .absurdCount(path: path, offset: start, what: what, count: count, available: remaining)
    }
    return Int(count)
  }

  /// The next 64-bit count of array elements.
  mutating func elementCount(of what: String, minimumByteCount: Int) throws(GGUFError) -> Int {
    let start = position
    let count = try count(of: what, minimumByteCount: minimumByteCount)
    guard count <= elementBudget else {
      throw .absurdCount(
        path: path, offset: start, what: what, count: UInt64(count), available: elementBudget)
    }
    elementBudget -= count
    return count
  }

  /// The next length-prefixed text.
  mutating func string(_ what: String) throws(GGUFError) -> String {
    let count = try count(of: what, minimumByteCount: 1)
    let start = position
    position += count
    guard let text = String(validating: bytes[start..<start + count], as: UTF8.self) else {
      throw .invalidText(path: path, offset: start, what: what)
    }
    return text
  }
}
