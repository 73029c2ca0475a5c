import Foundation

/// What pyarrow notes beside Parquet's own schema: Arrow's types, for those that Parquet does not have.
///
/// A FlatBuffers message in base64 (https://github.com/apache/arrow/blob/main/format/Schema.fbs,
/// https://flatbuffers.dev/internals). Whatever cannot be followed counts as absent, as in pyarrow.
struct ArrowSchema {
  /// What a leaf's values mean, where Parquet does not say it.
  enum Leaf: Equatable {
    case other
    /// A time zone's name, or an offset like `+05:30`.
    case timestamp(zone: String)
    case duration(ParquetColumn.TimeUnit?)
  }

  /// In the order of the file's columns.
  private(set) var leaves: [Leaf] = []
  private let bytes: [UInt8]
  private static let depthLimit = 64

  /// - Parameter text: the value of `ARROW:schema`.
  init?(_ text: String) {
    guard let data = Data(base64Encoded: text) else { return nil }
    var bytes = Array(data)
    // A mark and a length, or the length alone, in front of the message.
    bytes.removeFirst(min(bytes.count, bytes.starts(with: [255, 255, 255, 255]) ? 8 : 4))
    self.bytes = bytes
    guard let message = number(UInt32.self, at: 0).map({ Int($0) }),
      let schema = table(message, 2), let fields = vector(schema, 1)
    else { return nil }
    for field in fields {
      guard addLeaves(of: field, depth: 0) else { return nil }
    }
  }

  private mutating func addLeaves(of field: Int, depth: Int) -> Bool {
    guard depth < Self.depthLimit,
      let kind = place(field, 2).flatMap({ number(UInt8.self, at: $0) })
    else { return false }
    let children = vector(field, 5) ?? []
    guard children.isEmpty else {
      return children.allSatisfy { addLeaves(of: $0, depth: depth + 1) }
    }
    switch kind {
    case 10:
      let zone = table(field, 3).flatMap { text($0, 1) } ?? ""
      leaves.append(zone.isEmpty ? .other : .timestamp(zone: zone))
    case 18:
      let unit = table(field, 3).flatMap { place($0, 0) }.flatMap { number(UInt16.self, at: $0) }
      leaves.append(.duration(ParquetColumn.TimeUnit(rawValue: Int(unit ?? 1))))
    default: leaves.append(.other)
    }
    return true
  }

  // MARK: FlatBuffers

  private func number<T: FixedWidthInteger>(_ type: T.Type, at place: Int) -> T? {
    guard place >= 0, place + MemoryLayout<T>.size <= bytes.count else { return nil }
    return bytes.withUnsafeBytes {
      T(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: T.self))
    }
  }

  /// Where a field of a table stands; nil where it is left out.
  private func place(_ table: Int, _ field: Int) -> Int? {
    guard let distance = number(Int32.self, at: table) else { return nil }
    let list = table - Int(distance)
    guard let size = number(UInt16.self, at: list), 4 + 2 * field + 2 <= Int(size),
      let offset = number(UInt16.self, at: list + 4 + 2 * field), offset > 0
    else { return nil }
    return table + Int(offset)
  }

  private func target(_ place: Int) -> Int? {
    number(UInt32.self, at: place).map { place + Int($0) }
  }

  private func table(_ table: Int, _ field: Int) -> Int? { place(table, field).flatMap(target) }

  /// The tables in a vector.
  private func vector(_ table: Int, _ field: Int) -> [Int]? {
    guard let start = place(table, field).flatMap(target),
      let count = number(UInt32.self, at: start), Int(count) * 4 <= bytes.count
    else { return nil }
    var tables: [Int] = []
    for index in 0..<Int(count) {
      guard let table = target(start + 4 + 4 * index) else { return nil }
      tables.append(table)
    }
    return tables
  }

  private func text(_ table: Int, _ field: Int) -> String? {
    guard let start = place(table, field).flatMap(target),
      let count = number(UInt32.self, at: start), start + 4 + Int(count) <= bytes.count
    else { return nil }
    return String(decoding: bytes[(start + 4)..<(start + 4 + Int(count))], as: UTF8.self)
  }
}
