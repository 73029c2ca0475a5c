/// Dates and times as Python's `str` writes `date`, `time` and `datetime`.
///
/// Years that Python does not know are written with their digits all the same.
enum TimeText {
  /// - Parameter day: days since 1970-01-01.
  static func date(day: Int64) -> String {
    // Howard Hinnant, https://howardhinnant.github.io/date_algorithms.html#civil_from_days
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
  }

  static func time(
    _ value: Int64, _ unit: ParquetColumn.TimeUnit
  ) throws(ParquetFault) -> String {
    guard (0..<86_400 * unit.perSecond).contains(value) else {
      throw ParquetFault("\(value) \(unit) are no time of day")
    }
    // Python's times of day end at microseconds.
    let nanoseconds = value % unit.perSecond * (1_000_000_000 / unit.perSecond)
    return clock(second: value / unit.perSecond, nanosecond: nanoseconds / 1000 * 1000)
  }

  /// - Parameter second: seconds since the beginning of 1970.
  static func timestamp(second: Int64) -> String {
    let (day, rest) = floorDivided(second, 86_400)
    return date(day: day) + " " + clock(second: rest, nanosecond: 0)
  }

  /// - Parameter value: time since the beginning of 1970.
  static func timestamp(_ value: Int64, _ unit: ParquetColumn.TimeUnit) -> String {
    let perDay = 86_400 * unit.perSecond
    let (day, rest) = floorDivided(value, perDay)
    return date(day: day) + " "
      + clock(
        second: rest / unit.perSecond,
        nanosecond: rest % unit.perSecond * (1_000_000_000 / unit.perSecond))
  }

  /// - Parameter value: nanoseconds of the day (64 bits), then the Julian day (32 bits).
  static func timestamp(int96 value: ArraySlice<UInt8>) -> String {
    func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
      bytes.reversed().reduce(0) { $0 << 8 | Int64($1) }
    }
    // 2440588 is the Julian day of 1970-01-01.
    let day = Int64(Int32(truncatingIfNeeded: number(value.dropFirst(8)))) - 2_440_588
    let (moreDays, rest) = floorDivided(number(value.prefix(8)), 86_400_000_000_000)
    return date(day: day + moreDays) + " "
      + clock(second: rest / 1_000_000_000, nanosecond: rest % 1_000_000_000)
  }

  private static func floorDivided(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  /// A fraction has six digits, or nine where six do not do.
  static func clock(second: Int64, nanosecond: Int64) -> String {
    let whole =
      "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    if nanosecond == 0 { return whole }
    if nanosecond % 1000 == 0 { return whole + "." + padded(nanosecond / 1000, 6) }
    return whole + "." + padded(nanosecond, 9)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value.magnitude)
    return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count))
      + digits
  }
}
