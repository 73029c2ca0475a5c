/// Decimal numbers as Python's `str(Decimal)` writes them.
enum DecimalText {
  /// - Parameters:
  ///   - digits: the unscaled number without its sign.
  ///   - scale: how many of its digits stand behind the point.
  static func text(isNegative: Bool, digits: String, scale: Int) -> String {
    let sign = isNegative ? "-" : ""
    // Power of ten of the first digit.
    let exponent = digits.utf8.count - 1 - scale
    if scale == 0 { return sign + digits }
    if exponent < -6 {
      let fraction = digits.dropFirst()
      return sign + digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + "E\(exponent)"
    }
    let padded = String(repeating: "0", count: max(0, -exponent)) + digits
    return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
  }

  /// Sign and digits of a number in two's complement, highest byte first.
  static func digits(ofBigEndian bytes: ArraySlice<UInt8>) -> (isNegative: Bool, digits: String) {
    let isNegative = (bytes.first ?? 0) >= 0x80
    var magnitude = Array(bytes)
    if isNegative {
      var carry = true
      for index in magnitude.indices.reversed() {
        magnitude[index] = ~magnitude[index] &+ (carry ? 1 : 0)
        carry = carry && magnitude[index] == 0
      }
    }
    var digits: [UInt8] = []
    // Divided by ten until nothing is left; the remainders are the digits from the last on.
    repeat {
      var remainder = 0
      for index in magnitude.indices {
        let dividend = remainder << 8 | Int(magnitude[index])
        magnitude[index] = UInt8(dividend / 10)
        remainder = dividend % 10
      }
      digits.append(UInt8(ascii: "0") + UInt8(remainder))
    } while magnitude.contains { $0 != 0 }
    return (isNegative, String(decoding: digits.reversed(), as: UTF8.self))
  }
}
