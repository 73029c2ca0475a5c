/// Reads Thrift's compact protocol, in which Parquet writes its metadata.
///
/// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
struct ThriftReader {
  private(set) var cursor: ByteCursor
  private var depth = 0
  private static let depthLimit = 32

  /// One field of a struct: what it is, before its value is read.
  struct Field {
    var id: Int
    var type: Kind
  }

  enum Kind: UInt8 {
    case isTrue = 1
    case isFalse, int8, int16, int32, int64, double, binary, list, set, map, structure
  }

  init(_ bytes: ArraySlice<UInt8>) { cursor = ByteCursor(bytes) }

  /// Hands every field of a struct to `visit`, which reads it or calls `skip`.
  mutating func structure(
    _ visit: (inout ThriftReader, Field) throws(ParquetFault) -> Void
  ) throws(ParquetFault) {
    try enter()
    defer { depth -= 1 }
    var id: Int64 = 0
    while true {
      let header = try cursor.byte()
      if header == 0 { return }
      let type = try kind(header & 0x0f)
      // Either the distance to the last number, or the number itself.
      id = header >> 4 == 0 ? try cursor.zigzag() : id + Int64(header >> 4)
      guard (0...Int64(Int16.max)).contains(id) else {
        throw ParquetFault("a metadata field has the number \(id)")
      }
      try visit(&self, Field(id: Int(id), type: type))
    }
  }

  mutating func structure(
    _ field: Field, _ visit: (inout ThriftReader, Field) throws(ParquetFault) -> Void
  ) throws(ParquetFault) {
    try expect(field, [.structure])
    try structure(visit)
  }

  mutating func integer(_ field: Field) throws(ParquetFault) -> Int {
    try expect(field, [.int8, .int16, .int32, .int64])
    return try integer(field.type)
  }

  mutating func bool(_ field: Field) throws(ParquetFault) -> Bool {
    try expect(field, [.isTrue, .isFalse])
    return field.type == .isTrue
  }

  mutating func string(_ field: Field) throws(ParquetFault) -> String {
    try expect(field, [.binary])
    return try string()
  }

  mutating func string() throws(ParquetFault) -> String {
    String(decoding: try cursor.take(try cursor.count()), as: UTF8.self)
  }

  /// A list whose elements `read` reads.
  mutating func list<Element>(
    _ field: Field, of type: Kind,
    _ read: (inout ThriftReader) throws(ParquetFault) -> Element
  ) throws(ParquetFault) -> [Element] {
    try expect(field, [.list])
    let (count, elementType) = try listHeader()
    guard elementType == type || count == 0 else {
      throw ParquetFault("metadata field \(field.id) is a list of \(elementType), not of \(type)")
    }
    var elements: [Element] = []
    for _ in 0..<count { elements.append(try read(&self)) }
    return elements
  }

  mutating func skip(_ field: Field) throws(ParquetFault) { try skip(field.type) }

  private func expect(_ field: Field, _ types: [Kind]) throws(ParquetFault) {
    guard types.contains(field.type) else {
      throw ParquetFault("metadata field \(field.id) is \(field.type), expected \(types[0])")
    }
  }

  private func kind(_ code: UInt8) throws(ParquetFault) -> Kind {
    guard let kind = Kind(rawValue: code) else {
      throw ParquetFault("a metadata field has the unknown type \(code)")
    }
    return kind
  }

  private mutating func enter() throws(ParquetFault) {
    depth += 1
    if depth > Self.depthLimit {
      throw ParquetFault("metadata nested more than \(Self.depthLimit) deep")
    }
  }

  private mutating func integer(_ type: Kind) throws(ParquetFault) -> Int {
    type == .int8 ? Int(Int8(bitPattern: try cursor.byte())) : Int(try cursor.zigzag())
  }

  private mutating func listHeader() throws(ParquetFault) -> (count: Int, type: Kind) {
    let header = try cursor.byte()
    let count = header >> 4 == 15 ? try cursor.count() : Int(header >> 4)
    // Every element takes a byte at least.
    guard count <= cursor.remaining else {
      throw ParquetFault("a metadata list announces \(count) elements, more than there are bytes")
    }
    return (count, try kind(header & 0x0f))
  }

  private mutating func skip(_ type: Kind, inCollection: Bool = false) throws(ParquetFault) {
    switch type {
    case .isTrue, .isFalse: if inCollection { _ = try cursor.byte() }
    case .int8, .int16, .int32, .int64: _ = try integer(type)
    case .double: _ = try cursor.take(8)
    case .binary: _ = try cursor.take(try cursor.count())
    case .structure:
      try structure { (reader, field) throws(ParquetFault) in try reader.skip(field) }
    case .list, .set:
      try enter()
      let (count, element) = try listHeader()
      for _ in 0..<count { try skip(element, inCollection: true) }
      depth -= 1
    case .map:
      try enter()
      let count = try cursor.count()
      if count > 0 {
        let types = try cursor.byte()
        let (key, value) = (try kind(types >> 4), try kind(types & 0x0f))
        guard count <= cursor.remaining else {
          throw ParquetFault("a metadata map announces \(count) entries, more than there are bytes")
        }
        for _ in 0..<count {
          try skip(key, inCollection: true)
          try skip(value, inCollection: true)
        }
      }
      depth -= 1
    }
  }
}
