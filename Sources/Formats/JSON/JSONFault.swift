/// What is wrong with a JSON text, and at which byte.
package struct JSONFault: InputFailure, Hashable, CustomStringConvertible {
  /// Counted from the first byte that was given to the reader.
  package var offset: Int
  package var problem: String

  package init(offset: Int, problem: String) {
    self.offset = offset
    self.problem = problem
  }

  package static func duplicateKey(_ key: String, offset: Int) -> JSONFault {
    JSONFault(offset: offset, problem: "the key '\(key.shown())' occurs twice in one object")
  }

  package var description: String { "invalid JSON: \(problem)" }

  /// Line and column of the offset in `bytes`, both from 1; columns count characters.
  package func place(in bytes: UnsafeRawBufferPointer) -> (line: Int, column: Int) {
    let before = bytes.prefix(offset)
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? before.startIndex
    return (
      1 + before.count { $0 == UInt8(ascii: "\n") },
      1 + before[start...].count { $0 & 0xC0 != 0x80 }
    )
  }
}
