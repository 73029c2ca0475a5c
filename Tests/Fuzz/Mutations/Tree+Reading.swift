import Foundation
import Yams

extension Tree {
  /// Reads valid JSON; numbers keep their digits and keys their order.
  init(json bytes: [UInt8]) throws {
    var reader = JSONReader(bytes: bytes)
    self = try reader.value()
  }

  /// Reads YAML; aliases and tags are resolved or lost, plain scalars stay as they were written.
  init(yaml text: String) throws {
    self = try Yams.compose(yaml: text).map { Tree($0) } ?? .null
  }

  private init(_ node: Node) {
    switch node {
    case .mapping(let mapping):
      self = .object(mapping.map { ($0.key.string ?? "", Tree($0.value)) })
    case .sequence(let sequence): self = .array(sequence.map { Tree($0) })
    case .scalar(let scalar):
      let isQuoted = scalar.style != .plain && scalar.style != .any
      let isText = isQuoted || Double(scalar.string) == nil
      switch scalar.string {
      case "true" where !isQuoted, "false" where !isQuoted: self = .bool(scalar.string == "true")
      case "null" where !isQuoted: self = .null
      default: self = isText ? .string(scalar.string) : .raw(scalar.string)
      }
    case .alias: self = .null
    }
  }
}

/// Just enough for files that are known to be right.
private struct JSONReader {
  let bytes: [UInt8]
  var place = 0

  private var next: UInt8 { place < bytes.count ? bytes[place] : 0 }

  private mutating func skipSpace() {
    while [0x20, 0x0A, 0x0D, 0x09].contains(next) { place += 1 }
  }

  mutating func value() throws -> Tree {
    skipSpace()
    defer { skipSpace() }
    switch next {
    case UInt8(ascii: "{"): return .object(try list { try ($0.key(), $0.value()) })
    case UInt8(ascii: "["): return .array(try list { try $0.value() })
    case UInt8(ascii: "\""): return .string(try string())
    default:
      let start = place
      while place < bytes.count, !",]} \n\r\t".utf8.contains(next) { place += 1 }
      let word = String(decoding: bytes[start..<place], as: UTF8.self)
      switch word {
      case "true", "false": return .bool(word == "true")
      case "null": return .null
      case "": throw FuzzError.message("no JSON value at byte \(place)")
      default: return .raw(word)
      }
    }
  }

  private mutating func list<Element>(_ element: (inout Self) throws -> Element) throws -> [Element]
  {
    var elements: [Element] = []
    place += 1
    skipSpace()
    while ![UInt8(ascii: "}"), UInt8(ascii: "]")].contains(next) {
      elements.append(try element(&self))
      skipSpace()
      if next == UInt8(ascii: ",") { place += 1 }
      skipSpace()
    }
    place += 1
    return elements
  }

  private mutating func key() throws -> String {
    skipSpace()
    let key = try string()
    skipSpace()
    place += 1
    return key
  }

  private mutating func string() throws -> String {
    let start = place
    place += 1
    while next != UInt8(ascii: "\"") {
      guard place < bytes.count else { throw FuzzError.message("a JSON string has no end") }
      place += next == UInt8(ascii: "\\") ? 2 : 1
    }
    place += 1
    return try JSONDecoder().decode(String.self, from: Data(bytes[start..<place]))
  }
}
