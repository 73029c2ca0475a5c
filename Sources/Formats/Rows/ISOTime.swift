/// Dates and times as pyarrow finds them among the texts of JSON: `2020-01-31`, or that with hours,
/// minutes, seconds and a distance from UTC behind it, but without fractions of a second.
enum ISOTime {
  /// The time as Python's `str(datetime)` writes it, in UTC; nil for any other text.
  static func text(_ written: String) -> String? {
    var written = written
    return written.withUTF8 { bytes in
      guard (10...25).contains(bytes.count), bytes[4] == UInt8(ascii: "-"),
        bytes[7] == UInt8(ascii: "-"), let year = number(bytes[0..<4]), year > 0,
        let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
        (1...12).contains(month), (1...length(of: month, year)).contains(day),
        let seconds = seconds(bytes[10...])
      else { return nil }
      return TimeText.timestamp(second: Int64(days(year, month, day)) * 86_400 + Int64(seconds))
    }
  }

  /// What stands behind the date: nothing, or ` 10`, `T10:20`, `T10:20:30`, `T10:20:30+02:00` …
  private static func seconds(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    guard let first = bytes.first else { return 0 }
    guard first == UInt8(ascii: " ") || first == UInt8(ascii: "T") else { return nil }
    let clock = bytes.dropFirst()
    let zoneStart = clock.firstIndex { "Z+-".utf8.contains($0) } ?? clock.endIndex
    guard let time = time(clock[..<zoneStart]), let zone = zone(clock[zoneStart...]) else {
      return nil
    }
    return time - zone
  }

  private static func time(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count), parts.allSatisfy({ $0.count == 2 }) else { return nil }
    var seconds = 0
    for (part, (limit, unit)) in zip(parts, [(24, 3600), (60, 60), (60, 1)]) {
      guard let value = number(part), value < limit else { return nil }
      seconds += value * unit
    }
    return seconds
  }

  /// Seconds east of UTC.
  private static func zone(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    guard let sign = bytes.first else { return 0 }
    let digits = Array(bytes.dropFirst())
    if sign == UInt8(ascii: "Z") { return digits.isEmpty ? 0 : nil }
    let minutes: ArraySlice<UInt8>
    switch digits.count {
    case 2: minutes = []
    case 4: minutes = digits[2...]
    case 5 where digits[2] == UInt8(ascii: ":"): minutes = digits[3...]
    default: return nil
    }
    guard let hour = number(digits[..<2]), hour < 24,
      let minute = minutes.isEmpty ? 0 : number(minutes), minute < 60
    else { return nil }
    return (hour * 3600 + minute * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
  }

  private static func number(_ digits: some Collection<UInt8>) -> Int? {
    var value = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      value = value * 10 + Int(digit & 15)
    }
    return value
  }

  private static func length(of month: Int, _ year: Int) -> Int {
    if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
    return [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// Days since 1970-01-01: https://howardhinnant.github.io/date_algorithms.html#days_from_civil
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = (shifted / 400, shifted % 400)
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
