/// JSON as Python reads it, into `Value`: integers, fractions and truth values apart, keys in
/// order, of a key that is there twice the last value.
package enum PythonJSON {
  /// The one value that `bytes` hold.
  package static func parse(_ bytes: ArraySlice<UInt8>) throws(JSONFault) -> Value {
    try bytes.withUnsafeBufferPointer { bytes throws(JSONFault) in
      try JSONReader<PythonJSONForm>.parse(UnsafeRawBufferPointer(bytes))
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
  }
}

enum PythonJSONForm: JSONForm {
  static var depthLimit: Int { 100 }
  static var takesPythonNumbers: Bool { true }
  static var null: Formats.Value { .none }
  static var emptyObject: Mapping { Mapping() }
  static func bool(_ value: Bool) -> Formats.Value { .bool(value) }
  static func integer(_ value: Int) -> Formats.Value { .integer(value) }
  static func integer(beyond64Bits text: String) -> Formats.Value? { nil }
  static func fraction(_ value: Double) -> Formats.Value? { .float(value) }
  static func string(_ value: String) -> Formats.Value { .string(value) }
  static func array(_ values: [Formats.Value]) -> Formats.Value { .list(values) }
  static func object(_ object: Mapping) -> Formats.Value { .mapping(object) }
  static func set(_ key: String, _ value: Formats.Value, in object: inout Mapping) -> Bool {
    object[.string(key)] = value
    return true
  }
}
