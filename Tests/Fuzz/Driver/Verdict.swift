import Foundation

/// What a command did wrong.
enum Fault: String, CaseIterable {
  case signal, hang, memory, status, outside, control, long, unnamed, placeless, unstable, differs
}

/// Holds what became of a child against what every command promises.
struct Verdict {
  var faults: [(fault: Fault, detail: String)] = []
  var accepted = false

  static let mostMemory = 4 << 30
  /// More than a screen.
  static let mostErrorBytes = 4000

  init(_ result: ChildResult, reader: Reader, changes: [String]) {
    accepted = result.status == 0
    if result.timedOut {
      add(.hang, "over \(Int(result.seconds)) s")
    } else if let signal = result.signal {
      add(.signal, "signal \(signal)")
    }
    if result.peakMemory > Self.mostMemory { add(.memory, "\(result.peakMemory >> 20) MiB") }
    if !changes.isEmpty { add(.outside, changes.prefix(5).joined(separator: ", ")) }
    if let status = result.status {
      if ![0, 2].contains(status), !reader.statuses.contains(status) {
        add(.status, "exit status \(status)")
      }
    }
    checkText(result, reader: reader)
  }

  private mutating func add(_ fault: Fault, _ detail: String) { faults.append((fault, detail)) }

  private mutating func checkText(_ result: ChildResult, reader: Reader) {
    if let found = Self.control(in: result.errors, isData: false) {
      add(.control, "standard error: \(found)")
    }
    if let found = Self.control(in: result.output, isData: reader.printsData) {
      add(.control, "standard output: \(found)")
    }
    if result.errors.count > Self.mostErrorBytes {
      add(.long, "\(result.errors.count) bytes of messages")
    }
    guard let status = result.status, status != 0, !reader.statuses.contains(status) else { return }
    let text = String(decoding: result.errors, as: UTF8.self)
    let printed = text + String(decoding: result.output, as: UTF8.self)
    if text.isEmpty && result.output.isEmpty || !reader.names.contains(where: printed.contains) {
      add(.unnamed, "the message has none of: \(reader.names.joined(separator: ", "))")
    }
    if let phrase = Self.placeless.first(where: text.contains) { add(.placeless, phrase) }
  }

  /// What Foundation says of any file.
  private static let placeless = [
    "The given data was not valid JSON", "The operation could not be completed",
    "The data couldn’t be read", "couldn’t be opened", "Unable to convert data to a string",
    "NSCocoaErrorDomain",
    "DecodingError", "isn’t in the correct format",
  ]

  /// The first character that a terminal acts on, or bytes that are no text.
  private static func control(in bytes: [UInt8], isData: Bool) -> String? {
    guard let text = String(validating: bytes[...], as: UTF8.self) ?? cut(bytes) else {
      return "not UTF-8"
    }
    // CSV and other formats for exchange end their lines so.
    let lines = text.replacing("\r\n", with: "\n")
    let found = lines.unicodeScalars.first { scalar in
      switch scalar.value {
      case 0x09, 0x0A: false
      case 0..<0x20, 0x7F: true
      case 0x80..<0xA0, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF,
        0xE0000...0xE007F:
        !isData
      default: false
      }
    }
    return found.map { "U+\(String($0.value, radix: 16))" }
  }

  /// Text of a start of a file, which may end inside a character.
  private static func cut(_ bytes: [UInt8]) -> String? {
    guard bytes.count == Child.mostOutput else { return nil }
    return (1...3).lazy.compactMap { String(validating: bytes.dropLast($0), as: UTF8.self) }.first
  }
}
