import Formats

/// JSON as Python reads it, into `TemplateValue`: integers, fractions and truth values apart, keys in
/// order, of a key that is there twice the last value.
enum JSONParser {
  /// The one value that `bytes` hold.
  static func parse(_ bytes: ArraySlice<UInt8>) throws(JSONFault) -> TemplateValue {
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
  static var null: TemplateValue { .none }
  static var emptyObject: TemplateMapping { TemplateMapping() }
  static func bool(_ value: Bool) -> TemplateValue { .bool(value) }
  static func integer(_ value: Int) -> TemplateValue { .integer(value) }
  static func integer(beyond64Bits text: String) -> TemplateValue? { nil }
  static func fraction(_ value: Double) -> TemplateValue? { .float(value) }
  static func string(_ value: String) -> TemplateValue { .string(value) }
  static func array(_ values: [TemplateValue]) -> TemplateValue { .list(values) }
  static func object(_ object: TemplateMapping) -> TemplateValue { .mapping(object) }
  static func set(_ key: String, _ value: TemplateValue, in object: inout TemplateMapping) -> Bool {
    object[.string(key)] = value
    return true
  }
}
