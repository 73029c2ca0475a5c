import Foundation
/// Times in zones, and spans of time, as Python's `str` writes them.
extension TimeText {
  /// An aware `datetime`: the zone's own time, and how far it is from UTC.
  static func timestamp(
    _ value: Int64, _ unit: ParquetColumn.TimeUnit, zone: TimeZone
  ) -> String {
    let seconds = value >= 0 ? value / unit.perSecond : (value + 1) / unit.perSecond - 1
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
    let (local, isTooLarge) = value.addingReportingOverflow(Int64(offset) * unit.perSecond)
    return timestamp(isTooLarge ? value : local, unit) + text(offset: isTooLarge ? 0 : offset)
  }

  private static func text(offset: Int) -> String {
    let (sign, seconds) = (offset < 0 ? "-" : "+", offset.magnitude)
    let text = "\(sign)\(twoDigits(seconds / 3600)):\(twoDigits(seconds / 60 % 60))"
    return seconds % 60 == 0 ? text : text + ":" + twoDigits(seconds % 60)
  }

  private static func twoDigits(_ number: UInt) -> String { (number < 10 ? "0" : "") + "\(number)" }

  /// A zone by its name in the tz database, or by its distance from UTC: `+05:30`.
  static func zone(_ name: String) throws(ParquetFault) -> TimeZone {
    if let zone = TimeZone(identifier: name) { return zone }
    let digits = name.dropFirst().split(separator: ":").compactMap { Int($0) }
    if name.first == "+" || name.first == "-", (1...2).contains(digits.count) {
      let seconds = digits[0] * 3600 + (digits.count > 1 ? digits[1] * 60 : 0)
      if let zone = TimeZone(secondsFromGMT: name.first == "-" ? -seconds : seconds) { return zone }
    }
    throw ParquetFault(unsupported: "the time zone '\(name.shown())' is not known here")
  }

  /// A `timedelta`; of nanoseconds, pandas' `Timedelta`.
  static func duration(_ value: Int64, _ unit: ParquetColumn.TimeUnit) -> String {
    let perDay = 86_400 * unit.perSecond
    var (days, rest) = value.quotientAndRemainder(dividingBy: perDay)
    if rest < 0 { (days, rest) = (days - 1, rest + perDay) }
    let nanoseconds = rest % unit.perSecond * (1_000_000_000 / unit.perSecond)
    let time = clock(second: rest / unit.perSecond, nanosecond: nanoseconds)
    if unit == .nanoseconds { return "\(days) days \(days < 0 ? "+" : "")\(time)" }
    // Python leaves out the hour's first zero.
    let short = time.hasPrefix("0") ? String(time.dropFirst()) : time
    if days == 0 { return short }
    return "\(days) day\(days.magnitude == 1 ? "" : "s"), \(short)"
  }
}
