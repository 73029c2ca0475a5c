/// A struct in Thrift's compact protocol without its schema: what Parquet's footer and page headers are.
struct Thrift {
  indirect enum Value {
    case bool(Bool)
    case byte(UInt8)
    /// Zigzag-coded, of type 4, 5 or 6.
    case number(type: UInt8, Int64)
    case double([UInt8])
    case bytes([UInt8])
    case list(type: UInt8, [Value])
    case structure(Thrift)
  }

  var fields: [(id: Int64, value: Value)] = []
}

extension Thrift {
  /// Reads one struct and leaves what follows it.
  init(_ rest: inout ArraySlice<UInt8>) throws {
    var id: Int64 = 0
    while let head = rest.popFirst(), head != 0 {
      id = try head >> 4 == 0 ? Self.unzigzag(Self.varint(&rest)) : id + Int64(head >> 4)
      let type = head & 0xF
      let value: Value = try type <= 2 ? .bool(type == 1) : Self.value(type, &rest)
      fields.append((id, value))
    }
  }

  private static func value(_ type: UInt8, _ rest: inout ArraySlice<UInt8>) throws -> Value {
    switch type {
    case 1, 2: return .bool(rest.popFirst() == 1)
    case 3: return .byte(rest.popFirst() ?? 0)
    case 4...6: return .number(type: type, unzigzag(try varint(&rest)))
    case 7, 8:
      let count = try type == 7 ? 8 : Int(varint(&rest))
      defer { rest = rest.dropFirst(count) }
      return type == 7 ? .double(Array(rest.prefix(8))) : .bytes(Array(rest.prefix(count)))
    case 9, 10:
      let head = rest.popFirst() ?? 0
      let count = try head >> 4 == 15 ? Int(varint(&rest)) : Int(head >> 4)
      return .list(type: head & 0xF, try (0..<count).map { _ in try value(head & 0xF, &rest) })
    case 12: return .structure(try Thrift(&rest))
    default: throw FuzzError.message("Thrift type \(type) is not expected")
    }
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var (value, shift) = (UInt64(0), UInt64(0))
    while let byte = rest.popFirst() {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw FuzzError.message("a number has no end")
  }

  private static func unzigzag(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  private static func varint(of value: UInt64) -> [UInt8] {
    var (value, bytes) = (value, [UInt8]())
    repeat {
      bytes.append(UInt8(value & 0x7F) | (value > 0x7F ? 0x80 : 0))
      value >>= 7
    } while value > 0
    return bytes
  }

  private static func zigzag(_ value: Int64) -> [UInt8] {
    varint(of: UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var last: Int64 = 0
    for field in fields {
      let type = Self.type(of: field.value)
      let step = field.id &- last
      bytes += (1...15).contains(step) ? [UInt8(step) << 4 | type] : [type] + Self.zigzag(field.id)
      if case .bool = field.value {} else { bytes += Self.bytes(of: field.value) }
      last = field.id
    }
    return bytes + [0]
  }

  private static func type(of value: Value) -> UInt8 {
    switch value {
    case .bool(let value): value ? 1 : 2
    case .byte: 3
    case .number(let type, _): type
    case .double: 7
    case .bytes: 8
    case .list: 9
    case .structure: 12
    }
  }

  private static func bytes(of value: Value) -> [UInt8] {
    switch value {
    case .bool(let value): [value ? 1 : 2]
    case .byte(let value): [value]
    case .number(_, let value): zigzag(value)
    case .double(let bytes): bytes
    case .bytes(let bytes): varint(of: UInt64(bytes.count)) + bytes
    case .list(let type, let values): listHead(type, values.count) + values.flatMap(bytes(of:))
    case .structure(let structure): structure.bytes
    }
  }

  private static func listHead(_ type: UInt8, _ count: Int) -> [UInt8] {
    count < 15 ? [UInt8(count) << 4 | type] : [0xF0 | type] + varint(of: UInt64(count))
  }

  /// One change somewhere in the struct.
  mutating func spoil(_ random: inout Random) {
    guard !fields.isEmpty else { return }
    let place = random.below(fields.count)
    if random.oneIn(5) {
      switch random.below(4) {
      case 0: fields.remove(at: place)
      case 1: fields.append(fields[place])
      case 2: fields[place].id = Int64(random.below(20))
      default: fields[place].value = .number(type: 6, random.pick(Bytes.numbers))
      }
    } else {
      Self.spoil(&fields[place].value, &random)
    }
  }

  private static func spoil(_ value: inout Value, _ random: inout Random) {
    switch value {
    case .bool(let old): value = .bool(!old)
    case .byte: value = .byte(UInt8(random.below(256)))
    case .number(let type, let old):
      value = .number(
        type: type,
        random.oneIn(2) ? random.pick(Bytes.numbers) : old &+ (Int64(random.below(9)) - 4)
      )
    case .double: value = .double(random.bytes(8))
    case .bytes(let bytes):
      let text = TreeSpoiler(words: ["text", "id", "list", "element"])
        .changed(String(decoding: bytes, as: UTF8.self), &random)
      value = .bytes(Array(text.utf8))
    case .structure(var structure):
      structure.spoil(&random)
      value = .structure(structure)
    case .list(let type, var values):
      let place = random.below(values.count)
      switch random.below(values.isEmpty ? 1 : 8) {
      case 0: value = .list(type: type, values + values)
      case 1: value = .list(type: type, Array(values.dropLast()))
      case 2: value = .list(type: type, values.reversed())
      default:
        spoil(&values[place], &random)
        value = .list(type: type, values)
      }
    }
  }
}

/// A Parquet file: pages, then a footer with its length and a mark behind it.
enum ParquetFile {
  static func spoil(_ bytes: inout [UInt8], _ random: inout Random) throws {
    let length = bytes.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let footer = bytes.count - 8 - length
    switch random.below(6) {
    case 0: Bytes.spoil(&bytes, &random)
    case 1, 2: Bytes.spoil(&bytes, in: 4..<footer, &random)
    case 3: Bytes.write(random.pick(Bytes.numbers), width: 4, at: bytes.count - 8, &bytes)
    default:
      var rest = bytes[footer...]
      var metadata = try Thrift(&rest)
      for _ in 0..<random.few(3) { metadata.spoil(&random) }
      let written = metadata.bytes
      bytes.removeSubrange(footer...)
      bytes += written
      bytes += Bytes.little(UInt32(written.count))
      bytes += Array("PAR1".utf8)
    }
  }
}
