import Formats
import Tensors

/// Reads the fields of a model's configuration and gathers everything that is wrong with them.
///
/// A bad field is noted and replaced by a harmless value, so that one run reports all of them; the caller
/// throws when `problems` is not empty.
struct ConfigurationFields {
  private let object: Mapping
  /// Written before each field's name, for example `rope_scaling.`.
  private let prefix: String
  private(set) var problems: [String] = []

  init(_ object: Mapping, prefix: String = "") {
    self.object = object
    self.prefix = prefix
  }

  /// Notes that `field` is wrong.
  mutating func note(_ field: String, _ reason: String) {
    problems.append("'\(prefix)\(field)' \(reason)")
  }

  /// Takes over the problems of a nested object's fields.
  mutating func note(_ nested: ConfigurationFields) { problems += nested.problems }

  /// The value of `field`; nil when it is absent or null.
  func value(_ field: String) -> Value? {
    object[field].flatMap { $0 == .null ? nil : $0 }
  }

  /// Whether `field` is written, if only as null.
  func mentions(_ field: String) -> Bool { object[field] != nil }

  /// The whole number `field`; `absent` when it is not there, which is an error without one.
  mutating func integer(_ field: String, in range: ClosedRange<Int>, absent: Int? = nil) -> Int {
    guard let value = value(field) else {
      if absent == nil { note(field, "is missing; a whole number is needed") }
      return absent ?? range.lowerBound
    }
    guard let integer = value.integer, range.contains(integer) else {
      note(
        field,
        "is \(value.shownText); "
          + "supported: whole numbers from \(range.lowerBound) to \(range.upperBound)")
      return range.lowerBound
    }
    return integer
  }

  /// The number `field`; `absent` when it is not there, which is an error without one.
  mutating func number(_ field: String, in range: ClosedRange<Double>, absent: Double? = nil)
    -> Double
  {
    guard let value = value(field) else {
      if absent == nil { note(field, "is missing; a number is needed") }
      return absent ?? range.lowerBound
    }
    guard let number = value.number, range.contains(number) else {
      note(
        field,
        "is \(value.shownText); "
          + "supported: numbers from \(range.lowerBound) to \(range.upperBound)")
      return range.lowerBound
    }
    return number
  }

  /// The truth value `field`; `absent` when it is not there.
  mutating func bool(_ field: String, absent: Bool = false) -> Bool {
    guard let value = value(field) else { return absent }
    guard let bool = value.bool else {
      note(field, "is \(value.shownText); supported: true, false")
      return false
    }
    return bool
  }

  /// The text `field`; nil when it is not there.
  mutating func string(_ field: String) -> String? {
    guard let value = value(field) else { return nil }
    guard let string = value.string else {
      note(field, "is \(value.shownText); it should be text")
      return nil
    }
    return string
  }
}

extension Value {
  /// The value as it is quoted in messages.
  var shownText: String { json(.compact).shown(limit: 60) }
}
