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
  package private(set) var keys: [String] = []
  private var values: [String: JSONValue] = [:]

  package init() {}

  package init(dictionaryLiteral members: (String, JSONValue)...) {
    for (key, value) in members { self[key] = value }
  }

  /// The value of `key`; nil when absent. Setting nil removes it.
  package subscript(key: String) -> JSONValue? {
    get { values[key] }
    set {
      guard let newValue else {
        if values.removeValue(forKey: key) != nil { keys.removeAll { $0 == key } }
        return
      }
      if values.updateValue(newValue, forKey: key) == nil { keys.append(key) }
    }
  }
}

/// What is wrong with a JSON text, and at which byte.
package enum JSONError: Error, Hashable, CustomStringConvertible {
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
    case .duplicateKey(let key, _): "invalid JSON: the key '\(key)' occurs twice in one object"
    case .tooDeep: "invalid JSON: nested more than \(JSONParser.maximumDepth) levels deep"
    }
  }
}
