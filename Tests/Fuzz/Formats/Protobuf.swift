/// A protocol buffer message without its schema.
struct Protobuf {
  enum Payload {
    case varint(UInt64)
    case fixed([UInt8])
    case bytes([UInt8])
    case message(Protobuf)
  }
  struct Field {
    var number: UInt64
    var wire: UInt64
    var payload: Payload
  }

  var fields: [Field] = []

  /// - Parameter nested: field numbers whose bytes are messages.
  init(_ bytes: ArraySlice<UInt8>, nested: Set<UInt64>) throws {
    var rest = bytes
    while !rest.isEmpty {
      let key = try Self.varint(&rest)
      let (number, wire) = (key >> 3, key & 7)
      switch wire {
      case 0:
        fields.append(Field(number: number, wire: wire, payload: .varint(try Self.varint(&rest))))
      case 1, 5:
        let count = wire == 1 ? 8 : 4
        fields.append(Field(number: number, wire: wire, payload: .fixed(Array(rest.prefix(count)))))
        rest = rest.dropFirst(count)
      case 2:
        let count = Int(try Self.varint(&rest))
        let content = rest.prefix(count)
        rest = rest.dropFirst(count)
        fields.append(
          Field(
            number: number, wire: wire,
            payload: nested.contains(number)
              ? .message(try Protobuf(content, nested: [])) : .bytes(Array(content))))
      default: throw FuzzError.message("wire type \(wire) is not expected")
      }
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

  private static func varint(of value: UInt64) -> [UInt8] {
    var (value, bytes) = (value, [UInt8]())
    repeat {
      bytes.append(UInt8(value & 0x7F) | (value > 0x7F ? 0x80 : 0))
      value >>= 7
    } while value > 0
    return bytes
  }

  var bytes: [UInt8] {
    fields.flatMap { field -> [UInt8] in
      let key = Self.varint(of: field.number << 3 | field.wire)
      switch field.payload {
      case .varint(let value): return key + Self.varint(of: value)
      case .fixed(let bytes): return key + bytes
      case .bytes(let bytes): return key + Self.varint(of: UInt64(bytes.count)) + bytes
      case .message(let message):
        let bytes = message.bytes
        return key + Self.varint(of: UInt64(bytes.count)) + bytes
      }
    }
  }

  /// One change of one field, inside a nested message more often than not.
  mutating func spoil(_ random: inout Random) {
    guard !fields.isEmpty else { return }
    // What there are few of is changed as often as what there are many of.
    let kinds = Array(Set(fields.map(\.number))).sorted()
    let kind = random.pick(kinds)
    let place = random.pick(fields.indices.filter { fields[$0].number == kind })
    if case .message(var message) = fields[place].payload, !random.oneIn(4) {
      message.spoil(&random)
      fields[place].payload = .message(message)
      return
    }
    switch random.below(7) {
    case 0: fields.remove(at: place)
    case 1: fields.insert(fields[place], at: random.below(fields.count))
    case 2: fields[place].number = UInt64(random.below(50))
    case 3: fields[place].wire = UInt64(random.below(8))
    case 4: fields.swapAt(place, random.below(fields.count))
    default: Self.spoilPayload(&fields[place].payload, &random)
    }
  }

  private static func spoilPayload(_ payload: inout Payload, _ random: inout Random) {
    switch payload {
    case .varint: payload = .varint(UInt64(bitPattern: random.pick(Bytes.numbers)))
    case .fixed(let bytes):
      let values: [UInt32] = [
        0x7FC0_0000, 0x7F80_0000, 0xFF80_0000, 0x7F7F_FFFF, 0, 0x8000_0000, 0xC61C_4000,
      ]
      payload = .fixed(bytes.count == 4 ? Bytes.little(random.pick(values)) : random.bytes(8))
    case .bytes(let bytes):
      let text = String(decoding: bytes, as: UTF8.self)
      let words = [
        "▁", "▁▁", "<unk>", "<s>", "<0x00>", "<0xFF>", "<0xZZ>", "nmt_nfkc", "identity", "a", "▁a",
      ]
      payload = .bytes(Array(TreeSpoiler(words: words).changed(text, &random).utf8))
    case .message: payload = .bytes(random.bytes(random.below(9)))
    }
  }
}
