import Foundation

/// Where lines end: at LF, CR LF or CR.
struct TextLines {
  private let bytes: UnsafeRawBufferPointer
  /// The next line feed, and the next end of a line, behind what has been asked for; the end if there is none.
  private var (feed, end) = (-1, -1)

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The end of the line that begins at `start`, and where the next one begins; nil when the line may go on behind the
  /// bytes.
  mutating func end(after start: Int, isLast: Bool) -> (text: Int, next: Int)? {
    if feed < start { feed = place(of: "\n", start..<bytes.count) }
    if end < start { end = place(of: "\r", start..<feed) }
    guard end < bytes.count else { return isLast ? (end, end) : nil }
    guard bytes[end] != UInt8(ascii: "\n") else { return (end, end + 1) }
    guard end + 1 < bytes.count || isLast else { return nil }
    return (end, end + 1 == feed && feed < bytes.count ? end + 2 : end + 1)
  }

  /// The first such character in `range`; the range's end if there is none.
  private func place(of character: Unicode.Scalar, _ range: Range<Int>) -> Int {
    guard !range.isEmpty, let base = bytes.baseAddress,
      let found = memchr(base + range.lowerBound, Int32(character.value), range.count)
    else { return range.upperBound }
    return UnsafeRawPointer(found) - base
  }
}

/// Where a JSON object ends, judged by nothing but its brackets and strings.
enum ObjectEnd {
  /// Bytes up to the closing brace; nil where none closes it, or where the text does not begin with an object.
  static func length(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let first = bytes.firstIndex(where: { !PythonJSON.isSpace($0) }),
      bytes[first] == UInt8(ascii: "{")
    else { return nil }
    var depth = 0
    var (isText, isEscaped) = (false, false)
    for (index, byte) in bytes.enumerated().dropFirst(first) {
      if isText {
        switch byte {
        case _ where isEscaped: isEscaped = false
        case UInt8(ascii: "\\"): isEscaped = true
        case UInt8(ascii: "\""): isText = false
        // No text goes on in the next line.
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return nil
        default: break
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 { return index + 1 }
      default: break
      }
    }
    return nil
  }
}
