package import Formats

/// Strict JSON (RFC 8259) as model files have it: no key twice, no number that is not finite.
package enum JSONParser {
  /// Reads one document that fills `bytes`, white space aside.
  package static func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONFault) -> JSONValue {
    try JSONReader<StrictJSON>.parse(bytes)
  }
}

private enum StrictJSON: JSONForm {
  static var depthLimit: Int { 64 }
  static var takesPythonNumbers: Bool { false }
  static var null: JSONValue { .null }
  static var emptyObject: JSONObject { JSONObject() }
  static func bool(_ value: Bool) -> JSONValue { .bool(value) }
  static func integer(_ value: Int) -> JSONValue { .integer(value) }
  static func integer(beyond64Bits text: String) -> JSONValue? {
    Double(text).flatMap(fraction)
  }
  static func fraction(_ value: Double) -> JSONValue? { value.isFinite ? .number(value) : nil }
  static func string(_ value: String) -> JSONValue { .string(value) }
  static func array(_ values: [JSONValue]) -> JSONValue { .array(values) }
  static func object(_ object: JSONObject) -> JSONValue { .object(object) }
  static func set(_ key: String, _ value: JSONValue, in object: inout JSONObject) -> Bool {
    guard object[key] == nil else { return false }
    object[key] = value
    return true
  }
}
