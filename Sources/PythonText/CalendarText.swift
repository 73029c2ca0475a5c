import Foundation

/// Dates as C's `strftime` writes them, in the language-independent C locale.
enum CalendarText {
  /// The current local time.
  static func now(format: String) -> String {
    var (seconds, parts) = (time(nil), tm())
    localtime_r(&seconds, &parts)
    // A character in front tells an empty date from one that did not fit.
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = strftime(&buffer, buffer.count, " " + format, &parts)
    return String(decoding: buffer.prefix(count).dropFirst().map(UInt8.init), as: UTF8.self)
  }
}
