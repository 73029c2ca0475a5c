package import Formats

/// A JSON document in memory; objects keep the order of their keys.
///
/// Model files need what Foundation's reader hides: duplicate keys, and integers told from other numbers.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// A number written without fraction or exponent that fits `Int`.
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The value as an exact integer.
  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  /// The value as a number, integer or not.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
}

/// The members of a JSON object, in the order of the text, each key once.
package struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// A key compared by its bytes: `String` takes canonically equivalent texts for equal, which different
  /// entries of a vocabulary may be.
  private struct Name: Sendable, Hashable {
    let text: String

    static func == (first: Name, second: Name) -> Bool {
      first.text.utf8.elementsEqual(second.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
      for byte in text.utf8 { hasher.combine(byte) }
    }
  }

  package private(set) var keys: [String] = []
  private var values: [Name: JSONValue] = [:]

  package init() {}

  /// The members in order; a later duplicate replaces an earlier one.
  package init(dictionaryLiteral members: (String, JSONValue)...) {
    for (key, value) in members { self[key] = value }
  }

  /// The value of `key`; nil when absent. Setting nil removes it.
  package subscript(key: String) -> JSONValue? {
    get { values[Name(text: key)] }
    set {
      let wrapped = Name(text: key)
      guard let newValue else {
        if values.removeValue(forKey: wrapped) != nil {
          keys.removeAll { Name(text: $0) == wrapped }
        }
        return
      }
      if values.updateValue(newValue, forKey: wrapped) == nil { keys.append(key) }
    }
  }
}

/// What is wrong with a JSON text, and at which byte.
package enum JSONError: InputFailure, Hashable, CustomStringConvertible {
  case unexpected(String, offset: Int)
  case duplicateKey(String, offset: Int)
  case tooDeep(offset: Int)

  /// Byte offset of the problem.
  package var offset: Int {
    switch self {
    case .unexpected(_, let offset), .duplicateKey(_, let offset), .tooDeep(let offset): offset
    }
  }

  package var description: String {
    switch self {
    case .unexpected(let what, _): "invalid JSON: \(what)"
    case .duplicateKey(let key, _): "invalid JSON: the key '\(key.shown())' occurs twice in one object"
    case .tooDeep: "invalid JSON: nested more than \(JSONParser.maximumDepth) levels deep"
    }
  }
}
