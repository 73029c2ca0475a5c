import Foundation

/// A leaf of the schema: how its values are stored, and what they mean.
struct ParquetColumn: Sendable {
  /// How values are stored; raw values as in the file.
  enum Storage: Int, Sendable {
    case boolean, int32, int64, int96, float, double, byteArray, fixedLengthByteArray
  }

  /// Raw values as Arrow has them; Parquet has no seconds.
  enum TimeUnit: Int, Sendable {
    case seconds, milliseconds, microseconds, nanoseconds

    var perSecond: Int64 {
      switch self {
      case .seconds: 1
      case .milliseconds: 1_000
      case .microseconds: 1_000_000
      case .nanoseconds: 1_000_000_000
      }
    }
  }

  enum Meaning: Sendable {
    /// Truth values, numbers and bytes as they are stored.
    case plain
    case text
    case integer(bits: Int, isSigned: Bool)
    case decimal(scale: Int)
    case date
    case time(TimeUnit)
    case timestamp(TimeUnit, isUTC: Bool)
    case zonedTimestamp(TimeUnit, TimeZone)
    case duration(TimeUnit)
    case float16
    case null
  }

  /// Names from the root to the leaf, with points between them.
  var path: String
  var storage: Storage
  /// Bytes of each value of fixed length.
  var length: Int
  var meaning: Meaning
  /// Definition level of a value that is there.
  var definitionLimit: UInt8
  /// Lists around the value.
  var repetitionLimit: UInt8

  init(
    _ element: ParquetMetadata.Element, path: String, definitionLimit: UInt8, repetitionLimit: UInt8
  ) throws(ParquetFault) {
    guard let type = element.type, let storage = Storage(rawValue: type) else {
      throw ParquetFault("column \(path.shown()) has no known physical type").inside("schema")
    }
    self.path = path
    self.storage = storage
    length = element.length
    self.definitionLimit = definitionLimit
    self.repetitionLimit = repetitionLimit
    if storage == .fixedLengthByteArray, !(1...1 << 24).contains(length) {
      throw ParquetFault("column \(path.shown()) has values of \(length) bytes").inside("schema")
    }
    let meaning =
      element.logicalType.map { Self.meaning(of: $0) } ?? Self.meaning(ofConverted: element)
    guard Self.fits(meaning, storage, length) else {
      throw ParquetFault("column \(path.shown()): \(storage) values cannot be \(meaning)").inside(
        "schema")
    }
    self.meaning = meaning
  }

  /// Takes over what Arrow knows more.
  mutating func refine(_ leaf: ArrowSchema.Leaf) throws(ParquetFault) {
    switch (leaf, meaning) {
    case (.timestamp(let zone), .timestamp(let unit, isUTC: true)) where zone != "UTC":
      meaning = .zonedTimestamp(unit, try TimeText.zone(zone))
    case (.duration(let unit?), .plain) where storage == .int64: meaning = .duration(unit)
    case (.duration(let unit?), .integer(64, true)): meaning = .duration(unit)
    default: break
    }
  }

  private static func meaning(of type: ParquetMetadata.LogicalType) -> Meaning {
    switch type.id {
    // String, enumeration and JSON.
    case 1, 4, 12: .text
    case 5: .decimal(scale: type.scale)
    case 6: .date
    case 7: unit(type).map { .time($0) } ?? .plain
    case 8: unit(type).map { .timestamp($0, isUTC: type.isUTC) } ?? .plain
    case 10: .integer(bits: type.bitWidth, isSigned: type.isSigned)
    case 11: .null
    case 15: .float16
    default: .plain
    }
  }

  private static func unit(_ type: ParquetMetadata.LogicalType) -> TimeUnit? {
    type.unit > 0 ? TimeUnit(rawValue: type.unit) : nil
  }

  private static func meaning(ofConverted element: ParquetMetadata.Element) -> Meaning {
    switch element.convertedType {
    case 0, 4, 19: .text
    case 5: .decimal(scale: element.scale)
    case 6: .date
    case 7: .time(.milliseconds)
    case 8: .time(.microseconds)
    case 9: .timestamp(.milliseconds, isUTC: true)
    case 10: .timestamp(.microseconds, isUTC: true)
    case let type? where (11...14).contains(type): .integer(bits: 8 << (type - 11), isSigned: false)
    case let type? where (15...18).contains(type): .integer(bits: 8 << (type - 15), isSigned: true)
    default: .plain
    }
  }

  private static func fits(_ meaning: Meaning, _ storage: Storage, _ length: Int) -> Bool {
    switch meaning {
    case .plain, .null: true
    case .text: storage == .byteArray || storage == .fixedLengthByteArray
    case .integer(let bits, _):
      storage == .int32 ? [8, 16, 32].contains(bits) : storage == .int64 && bits == 64
    // 256 bits are the widest decimals that there are.
    case .decimal(let scale):
      (0...76).contains(scale)
        && [.int32, .int64, .byteArray, .fixedLengthByteArray].contains(storage)
    case .date: storage == .int32
    case .time(let unit): storage == (unit == .milliseconds ? .int32 : .int64)
    case .timestamp, .zonedTimestamp, .duration: storage == .int64
    case .float16: storage == .fixedLengthByteArray && length == 2
    }
  }
}
