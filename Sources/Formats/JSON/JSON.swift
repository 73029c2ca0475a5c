/// Reads JSON, whatever the bytes, in a time and depth that hostile text cannot exhaust.
package enum JSON {
  /// The one value that fills `bytes`, white space aside.
  package static func parse(
    _ bytes: UnsafeRawBufferPointer, _ policy: JSONPolicy
  ) throws(JSONFault) -> Value {
    var reader = JSONReader(bytes, policy)
    return try reader.only()
  }

  /// The same of bytes in an array.
  package static func parse(_ bytes: [UInt8], _ policy: JSONPolicy) throws(JSONFault) -> Value {
    try bytes.withUnsafeBufferPointer { bytes throws(JSONFault) in
      try parse(UnsafeRawBufferPointer(bytes), policy)
    }
  }

  /// The value in a file of at most 1 GiB, as Python reads it.
  ///
  /// - Throws: `ReadingError` with file, line and column.
  package static func read(_ path: String) throws(ReadingError) -> Value {
    let bytes: [UInt8]
    do throws(ForeignFileFault) {
      bytes = try ForeignBytes.whole(path: path, limit: 1 << 30)
    } catch {
      throw .unreadable(path: path, problem: error.problem)
    }
    do throws(JSONFault) { return try parse(bytes, .python) } catch {
      throw .malformed(path, error, in: bytes)
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}

extension ReadingError {
  /// - Parameter bytes: all of the file.
  static func malformed(_ path: String, _ fault: JSONFault, in bytes: [UInt8]) -> ReadingError {
    let (line, column) = bytes.withUnsafeBytes { fault.place(in: $0) }
    return .malformed(path: path, line: line, column: column, problem: fault.problem)
  }
}
