extension ParquetColumn {
  /// Stored values as documents hold them: what Python's `str` makes of pyarrow's values where JSON
  /// has no type for them (dates, times, decimals, bytes).
  ///
  /// Enumerations are texts; a column of bytes without any annotation shows as Python's `b'…'`, which
  /// is what a template of the harness would print.
  func present(_ values: ParquetValues) throws(ParquetFault) -> [Value] {
    switch values {
    case .booleans(let values): return values.map { .bool($0) }
    case .floats(let values): return values.map { .float($0) }
    case .integers(let values):
      var result: [Value] = []
      result.reserveCapacity(values.count)
      for value in values { result.append(try present(value)) }
      return result
    case .bytes(let values):
      var result: [Value] = []
      result.reserveCapacity(values.count)
      for value in values { result.append(try present(value)) }
      return result
    }
  }

  private func present(_ value: Int64) throws(ParquetFault) -> Value {
    switch meaning {
    case .integer(let bits, let isSigned): return Self.integer(value, bits, isSigned)
    case .decimal(let scale):
      let digits = String(value.magnitude)
      return .string(DecimalText.text(isNegative: value < 0, digits: digits, scale: scale))
    case .date: return .string(TimeText.date(day: value))
    case .time(let unit): return .string(try TimeText.time(value, unit))
    case .timestamp(let unit, let isUTC):
      return .string(TimeText.timestamp(value, unit) + (isUTC ? "+00:00" : ""))
    case .zonedTimestamp(let unit, let zone):
      return .string(TimeText.timestamp(value, unit, zone: zone))
    case .duration(let unit): return .string(TimeText.duration(value, unit))
    case .plain, .text, .float16, .null: return .integer(Int(value))
    }
  }

  private static func integer(
    _ value: Int64, _ bits: Int, _ isSigned: Bool
  ) -> Value {
    switch (bits, isSigned) {
    case (8, true): return .integer(Int(Int8(truncatingIfNeeded: value)))
    case (8, false): return .integer(Int(UInt8(truncatingIfNeeded: value)))
    case (16, true): return .integer(Int(Int16(truncatingIfNeeded: value)))
    case (16, false): return .integer(Int(UInt16(truncatingIfNeeded: value)))
    case (32, false): return .integer(Int(UInt32(truncatingIfNeeded: value)))
    // There is no number for it here; printed it is the same.
    case (64, false) where value < 0: return .string(String(UInt64(bitPattern: value)))
    default: return .integer(Int(value))
    }
  }

  private func present(_ value: ArraySlice<UInt8>) throws(ParquetFault) -> Value {
    switch meaning {
    case .text:
      guard let text = String(validating: value, as: UTF8.self) else {
        throw ParquetFault("a text is not UTF-8")
      }
      return .string(text)
    case .decimal(let scale):
      guard value.count <= 32 else {
        throw ParquetFault(unsupported: "a decimal of \(value.count) bytes")
      }
      let (isNegative, digits) = DecimalText.digits(ofBigEndian: value)
      return .string(DecimalText.text(isNegative: isNegative, digits: digits, scale: scale))
    case .float16:
      let bits = value.reversed().reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
      return .float(Double(Float16(bitPattern: bits)))
    case .plain where storage == .int96: return .string(TimeText.timestamp(int96: value))
    default: return .string(Self.pythonBytes(value))
    }
  }

  /// Python's `repr(bytes)`.
  private static func pythonBytes(_ bytes: ArraySlice<UInt8>) -> String {
    let (single, double) = (UInt8(ascii: "'"), UInt8(ascii: "\""))
    let quote = bytes.contains(single) && !bytes.contains(double) ? double : single
    var text = "b" + String(Unicode.Scalar(quote))
    for byte in bytes {
      switch byte {
      case quote, UInt8(ascii: "\\"): text += "\\" + String(Unicode.Scalar(byte))
      case 0x09: text += "\\t"
      case 0x0a: text += "\\n"
      case 0x0d: text += "\\r"
      case 0x20..<0x7f: text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
      }
    }
    return text + String(Unicode.Scalar(quote))
  }
}
