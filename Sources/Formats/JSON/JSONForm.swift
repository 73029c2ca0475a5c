/// What a reader makes of JSON, and what it accepts beyond RFC 8259.
@usableFromInline
package protocol JSONForm {
  associatedtype Value
  associatedtype Object

  /// Deeper nesting is refused, so that hostile text cannot exhaust the stack.
  static var depthLimit: Int { get }
  /// Whether Python's `NaN`, `Infinity` and `-Infinity` are numbers.
  static var takesPythonNumbers: Bool { get }

  static var null: Value { get }
  static var emptyObject: Object { get }
  static func bool(_ value: Bool) -> Value
  static func integer(_ value: Int) -> Value
  /// - Returns: nil where a number without a fraction that does not fit `Int` is refused.
  static func integer(beyond64Bits text: String) -> Value?
  /// - Returns: nil where the number is refused.
  static func fraction(_ value: Double) -> Value?
  static func string(_ value: String) -> Value
  static func array(_ values: [Value]) -> Value
  static func object(_ object: Object) -> Value
  /// - Returns: false where the key is there already and that is refused.
  static func set(_ key: String, _ value: Value, in object: inout Object) -> Bool
}
