/// Cuts CSV into rows as pandas does: RFC 4180's quotes, lines that end with LF, CR LF or CR, lines of
/// nothing but white space left out.
struct DelimitedRows {
  struct Fault: InputFailure {
    var line: Int
    var problem: String
  }

  /// Where a field's text is: in the bytes that were given, or unquoted among the copied ones.
  private struct Field {
    var range: Range<Int>
    var isCopied: Bool
  }

  let separator: UInt8
  /// Line in which the next row begins, from 1.
  private(set) var line = 1
  /// Line in which the last row began.
  private(set) var rowLine = 1
  private var fields: [Field] = []
  private var copied: [UInt8] = []
  private static let quote = UInt8(ascii: "\"")
  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(separator: UInt8) { self.separator = separator }

  var fieldCount: Int { fields.count }

  /// Hands out the bytes of a field of the last row.
  func withField<Result>(
    _ index: Int, of bytes: UnsafeRawBufferPointer, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    let field = fields[index]
    if field.isCopied {
      return copied.withUnsafeBufferPointer { body(.init(rebasing: $0[field.range])) }
    }
    return UnsafeRawBufferPointer(rebasing: bytes[field.range]).withMemoryRebound(
      to: UInt8.self, body)
  }

  /// Reads the next row that begins at `start` or behind it, into `fields`.
  ///
  /// - Returns: where it ends; nil when there is none, or it does not end in `bytes`.
  mutating func next(
    _ bytes: UnsafeRawBufferPointer, from start: Int, isLast: Bool
  ) throws(Fault) -> Int? {
    let lineBefore = line
    guard let start = skipBlankLines(bytes, from: start, isLast: isLast) else {
      line = lineBefore
      return nil
    }
    fields.removeAll(keepingCapacity: true)
    copied.removeAll(keepingCapacity: true)
    rowLine = line
    var position = start
    while let end = try field(bytes, from: position, isLast: isLast) {
      guard end < bytes.count else { return end }
      if bytes[end] == separator {
        position = end + 1
        continue
      }
      if let next = lineEnd(bytes, at: end, isLast: isLast) {
        line += 1
        return next
      }
      break
    }
    // It is read again from its beginning when there is more.
    line = lineBefore
    return nil
  }

  /// - Returns: where the next line begins; nil when a line feed may still follow.
  private func lineEnd(_ bytes: UnsafeRawBufferPointer, at end: Int, isLast: Bool) -> Int? {
    guard bytes[end] == Self.carriageReturn else { return end + 1 }
    guard end + 1 < bytes.count else { return isLast ? end + 1 : nil }
    return bytes[end + 1] == Self.newline ? end + 2 : end + 1
  }

  /// - Returns: where a line with something in it begins; nil when there is none.
  private mutating func skipBlankLines(
    _ bytes: UnsafeRawBufferPointer, from start: Int, isLast: Bool
  ) -> Int? {
    var start = start
    while true {
      var end = start
      while end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x09, bytes[end] != separator {
        end += 1
      }
      guard end < bytes.count else { return nil }
      guard bytes[end] == Self.newline || bytes[end] == Self.carriageReturn else { return start }
      guard let next = lineEnd(bytes, at: end, isLast: isLast) else { return nil }
      line += 1
      start = next
    }
  }

  /// - Returns: where the field ends: at a separator, at a line's end or behind the last byte; nil when
  ///   it goes on behind `bytes`.
  private mutating func field(
    _ bytes: UnsafeRawBufferPointer, from start: Int, isLast: Bool
  ) throws(Fault) -> Int? {
    guard start < bytes.count, bytes[start] == Self.quote else {
      let end = plainEnd(bytes, from: start)
      guard end < bytes.count || isLast else { return nil }
      fields.append(Field(range: start..<end, isCopied: false))
      return end
    }
    guard let end = try quotedEnd(bytes, from: start + 1, isLast: isLast) else { return nil }
    if end < bytes.count, !isPlainEnd(bytes[end]) {
      return try copiedField(bytes, from: start + 1, firstEnd: end, isLast: isLast)
    }
    guard end < bytes.count || isLast else { return nil }
    fields.append(Field(range: start + 1..<end - 1, isCopied: false))
    return end
  }

  /// A field with doubled quotes, or with text behind the closing one.
  private mutating func copiedField(
    _ bytes: UnsafeRawBufferPointer, from start: Int, firstEnd: Int, isLast: Bool
  ) throws(Fault) -> Int? {
    let first = copied.count
    var (start, end) = (start, firstEnd)
    copied.append(contentsOf: bytes[start..<end - 1])
    while end < bytes.count, bytes[end] == Self.quote {
      copied.append(Self.quote)
      start = end + 1
      guard let next = try quotedEnd(bytes, from: start, isLast: isLast) else { return nil }
      copied.append(contentsOf: bytes[start..<next - 1])
      end = next
    }
    let plain = plainEnd(bytes, from: end)
    copied.append(contentsOf: bytes[end..<plain])
    guard plain < bytes.count || isLast else { return nil }
    fields.append(Field(range: first..<copied.count, isCopied: true))
    return plain
  }

  private func isPlainEnd(_ byte: UInt8) -> Bool {
    byte == separator || byte == Self.newline || byte == Self.carriageReturn
  }

  private func plainEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var end = start
    while end < bytes.count, !isPlainEnd(bytes[end]) { end += 1 }
    return end
  }

  /// - Returns: the place behind the next quote.
  private mutating func quotedEnd(
    _ bytes: UnsafeRawBufferPointer, from start: Int, isLast: Bool
  ) throws(Fault) -> Int? {
    var end = start
    while end < bytes.count, bytes[end] != Self.quote {
      if bytes[end] == Self.newline { line += 1 }
      end += 1
    }
    if end < bytes.count { return end + 1 }
    guard isLast else { return nil }
    throw Fault(line: rowLine, problem: "a quoted field is never closed")
  }
}
