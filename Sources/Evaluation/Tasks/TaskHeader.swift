import Formats
import Foundation
import PythonText

/// The few keys by which a task file is found, read without parsing the others: an index of many
/// thousand files is needed before one of them is used.
struct TaskHeader: Sendable {
  enum Value: Sendable, Hashable {
    case text(String)
    case list([String])
    /// Something else, for example a group's list with overrides.
    case other

    /// One text or several.
    var texts: [String] {
      switch self {
      case .text(let text): [text]
      case .list(let items): items
      case .other: []
      }
    }

    var text: String? {
      if case .text(let text) = self { return text }
      return nil
    }
  }
  static let keys: Set<String> = ["class", "group", "include", "tag", "task"]
  /// The keys that are there and not null.
  private(set) var values: [String: Value] = [:]

  subscript(key: String) -> Value? { values[key] }

  init() {}

  /// - Parameter path: an absolute path, for files whose form the quick look does not understand.
  init(_ bytes: [UInt8], path: String) throws(TaskError) {
    var scan = TaskHeaderScan(bytes)
    if let values = scan.values() {
      self.values = values
    } else {
      for (key, setting) in try TaskFile.written(at: path).entries
      where Self.keys.contains(key) {
        if !setting.isNull { values[key] = Self.value(setting) }
      }
    }
  }

  private static func value(_ setting: TaskSetting) -> Value {
    if let scalar = setting.scalar { return .text(scalar.text) }
    let items = setting.list ?? []
    let texts = items.compactMap { $0.scalar?.text }
    return !items.isEmpty && texts.count == items.count ? .list(texts) : .other
  }

  /// The keys of `header` win.
  mutating func merge(_ header: TaskHeader) { values.merge(header.values) { $1 } }
}

/// Walks through the lines of a YAML file that begin at the left margin.
///
/// Wherever the text leaves the forms that task files usually have, the walk gives up, and the file
/// is parsed as a whole.
struct TaskHeaderScan {
  private let bytes: [UInt8]
  private var position = 0
  private struct NotUnderstood: InputFailure {}

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The header's keys with their values; `nil` when the form is not understood.
  mutating func values() -> [String: TaskHeader.Value]? {
    var values: [String: TaskHeader.Value] = [:]
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    while position < bytes.count {
      guard skipToKey() else { break }
      guard let key = key() else { return nil }
      if TaskHeader.keys.contains(key) {
        guard let value = try? value(mayBeOther: key == "task" || key == "class") else {
          return nil
        }
        values[key] = value
      } else if !skipValue() {
        return nil
      }
    }
    return values
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func isLineEnd(_ byte: UInt8?) -> Bool {
    byte == nil || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private static func isSpace(_ byte: UInt8?) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private mutating func skipLine() {
    while let byte = next, byte != UInt8(ascii: "\n") { position += 1 }
    position = min(position + 1, bytes.count)
  }

  private mutating func skipSpaces() { while Self.isSpace(next) { position += 1 } }

  /// Goes to the next line that starts at the margin; false at the end of the file.
  private mutating func skipToKey() -> Bool {
    while let byte = next {
      guard Self.isSpace(byte) || isLineEnd(byte) || byte == UInt8(ascii: "#") else { return true }
      skipLine()
    }
    return false
  }

  private mutating func key() -> String? {
    let start = position
    while let byte = next,
      byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
        || (0x61...0x7a).contains(byte)
    { position += 1 }
    guard position > start, next == UInt8(ascii: ":") else { return nil }
    let key = String(decoding: bytes[start..<position], as: UTF8.self)
    position += 1
    return Self.isSpace(next) || isLineEnd(next) ? key : nil
  }

  /// Passes over a value; what is indented below it is skipped as lines. False when its end is not
  /// clear.
  private mutating func skipValue() -> Bool {
    skipSpaces()
    switch next {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): if quoted() == nil { return false }
    case UInt8(ascii: "["), UInt8(ascii: "{"): return skipFlow()
    case nil, UInt8(ascii: "\n"), UInt8(ascii: "\r"): skipItemsAtMargin()
    default: break
    }
    skipLine()
    return true
  }

  /// A list may stand at the margin below its key.
  private mutating func skipItemsAtMargin() {
    var ahead = self
    ahead.skipLine()
    while ahead.skipToKey(), ahead.next == UInt8(ascii: "-"),
      ahead.position + 1 < bytes.count, Self.isSpace(bytes[ahead.position + 1])
    {
      // A quoted item could go on at the margin; then the next line is no key, or no item.
      position = ahead.position
      ahead.skipLine()
    }
  }

  /// Passes over `[…]` or `{…}`, on however many lines.
  private mutating func skipFlow() -> Bool {
    var depth = 0
    while let byte = next {
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        if quoted() == nil { return false }
        continue
      case UInt8(ascii: "#"): return false
      default: break
      }
      position += 1
      if depth == 0 {
        skipLine()
        return true
      }
    }
    return false
  }

  /// Passes over a quoted text; `nil` when it never ends.
  private mutating func quoted() -> ArraySlice<UInt8>? {
    guard let quote = next else { return nil }
    let start = position + 1
    position = start
    while let byte = next {
      position += 1
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        position += 1
      } else if byte == quote {
        if quote == UInt8(ascii: "'"), next == quote {
          position += 1
        } else {
          return bytes[start..<position - 1]
        }
      }
    }
    position = min(position, bytes.count)
    return nil
  }

  // MARK: Values

  private mutating func value(mayBeOther: Bool) throws -> TaskHeader.Value? {
    skipSpaces()
    if isLineEnd(next) || next == UInt8(ascii: "#") {
      skipLine()
      return try items(mayBeOther: mayBeOther)
    }
    if next == UInt8(ascii: "[") {
      let start = position + 1
      guard skipFlow() else { throw NotUnderstood() }
      let line = bytes[start..<position]
      guard let end = line.lastIndex(of: UInt8(ascii: "]")) else { throw NotUnderstood() }
      let inside = String(decoding: line[..<end], as: UTF8.self)
      guard !inside.contains(where: { "\"'[]{}#\n&*!".contains($0) }) else { throw NotUnderstood() }
      return .list(
        inside.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
    }
    let text = try scalar(mayBeOther: mayBeOther)
    // A plain text may go on below.
    if Self.isSpace(next) {
      var ahead = self
      ahead.skipSpaces()
      guard isLineEnd(ahead.next) || ahead.next == UInt8(ascii: "#") else { throw NotUnderstood() }
    }
    return text
  }

  private mutating func items(mayBeOther: Bool) throws -> TaskHeader.Value? {
    var (items, isOther) = ([String](), false)
    while next != nil {
      var ahead = self
      ahead.skipSpaces()
      let isAtMargin = ahead.position == position
      if isLineEnd(ahead.next) || ahead.next == UInt8(ascii: "#") {
        skipLine()
      } else if ahead.next == UInt8(ascii: "-"), Self.isSpace(ahead.byte(1)) {
        position = ahead.position + 1
        skipSpaces()
        switch try? scalar(mayBeOther: false) {
        case .text(let text)?: items.append(text)
        default:
          guard mayBeOther else { throw NotUnderstood() }
          isOther = true
          skipLine()
        }
      } else if isAtMargin {
        break
      } else {
        guard mayBeOther else { throw NotUnderstood() }
        isOther = true
        skipLine()
      }
    }
    return isOther ? .other : items.isEmpty ? nil : .list(items)
  }

  private func byte(_ offset: Int) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  /// One text on one line.
  private mutating func scalar(mayBeOther: Bool) throws -> TaskHeader.Value? {
    let start = position
    if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") {
      guard let inside = quoted(),
        !inside.contains(where: { $0 == 0x5c || $0 == 0x27 || $0 == 0x0a })
      else { throw NotUnderstood() }
      skipSpaces()
      guard isLineEnd(next) || next == UInt8(ascii: "#") else { throw NotUnderstood() }
      skipLine()
      return .text(String(decoding: inside, as: UTF8.self))
    }
    skipLine()
    let line = String(decoding: bytes[start..<position], as: UTF8.self)
    let text = line.split(separator: " #", maxSplits: 1, omittingEmptySubsequences: false)[0]
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard let first = text.first else { throw NotUnderstood() }
    if "!&*|>{[%@`#".contains(first) || text.contains(": ") || text.hasSuffix(":") {
      if mayBeOther, first == "!" { return .other }
      throw NotUnderstood()
    }
    let value = YAMLScalar.value(of: text)
    return value == .none ? nil : .text(value.text)
  }
}
