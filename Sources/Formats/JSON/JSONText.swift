/// Text as JSON writes it.
package enum JSONText {
  /// Appends `text` in double quotes, its control characters escaped.
  ///
  /// - Parameter isASCII: whether everything beyond printable ASCII is escaped, too.
  package static func append(_ text: String, to bytes: inout [UInt8], isASCII: Bool = false) {
    bytes.append(UInt8(ascii: "\""))
    if isASCII, !text.utf8.allSatisfy({ $0 < 0x7F }) {
      for unit in text.utf16 {
        if unit < 0x7F, !needsEscape(UInt8(unit)) {
          bytes.append(UInt8(unit))
        } else {
          bytes.append(contentsOf: escape(unit))
        }
      }
    } else {
      var text = text
      text.withUTF8 { text in
        var start = 0
        for (index, byte) in text.enumerated() where needsEscape(byte) {
          bytes.append(contentsOf: text[start..<index])
          bytes.append(contentsOf: escape(UInt16(byte)))
          start = index + 1
        }
        bytes.append(contentsOf: text[start...])
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private static func escape(_ unit: UInt16) -> [UInt8] {
    switch unit {
    case 0x22, 0x5C: return [UInt8(ascii: "\\"), UInt8(unit)]
    case 0x08: return Array("\\b".utf8)
    case 0x09: return Array("\\t".utf8)
    case 0x0A: return Array("\\n".utf8)
    case 0x0C: return Array("\\f".utf8)
    case 0x0D: return Array("\\r".utf8)
    default:
      let digits = String(unit, radix: 16)
      return Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
    }
  }
}
