/// The archive that `torch.save` writes: a zip without compression.
struct PyTorchZip {
  struct Entry {
    var name: String
    var content: [UInt8]
    /// CRC-32 as in the original; wrong once the content is another.
    var checksum: UInt32
  }

  var entries: [Entry] = []

  /// Reads local headers one after the other.
  init(_ bytes: [UInt8]) throws {
    func number(_ place: Int, _ width: Int) -> Int {
      bytes[place..<place + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    // Sizes are taken from the central directory: local headers may leave them to a descriptor.
    guard let end = Self.find([0x50, 0x4B, 5, 6], in: bytes) else {
      throw FuzzError.message("no zip archive")
    }
    var place = number(end + 16, 4)
    for _ in 0..<number(end + 10, 2) {
      let (size, nameLength, header) = (
        number(place + 20, 4), number(place + 28, 2), number(place + 42, 4)
      )
      let name = String(decoding: bytes[place + 46..<place + 46 + nameLength], as: UTF8.self)
      let start = header + 30 + number(header + 26, 2) + number(header + 28, 2)
      entries.append(
        Entry(
          name: name, content: Array(bytes[start..<start + size]),
          checksum: UInt32(number(place + 16, 4))))
      place += 46 + nameLength + number(place + 30, 2) + number(place + 32, 2)
    }
  }

  private static func find(_ mark: [UInt8], in bytes: [UInt8]) -> Int? {
    stride(from: bytes.count - mark.count, through: 0, by: -1).first {
      bytes[$0...].starts(with: mark)
    }
  }

  /// Writes the archive, contents at multiples of 64 as PyTorch has them.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let start = bytes.count
      let padding = (64 - (start + 34 + entry.name.utf8.count) % 64) % 64
      bytes += [0x50, 0x4B, 3, 4, 20, 0]
      bytes += common(entry)
      bytes += Bytes.little(UInt16(padding + 4))
      bytes += Array(entry.name.utf8)
      bytes += [0x46, 0x42]
      bytes += Bytes.little(UInt16(padding))
      bytes += [UInt8](repeating: 0x5A, count: padding)
      bytes += entry.content
      directory += [0x50, 0x4B, 1, 2, 20, 0, 20, 0]
      directory += common(entry)
      directory += [UInt8](repeating: 0, count: 12)
      directory += Bytes.little(UInt32(start))
      directory += Array(entry.name.utf8)
    }
    let start = bytes.count
    bytes += directory
    bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    for _ in 0..<2 { bytes += Bytes.little(UInt16(truncatingIfNeeded: entries.count)) }
    bytes += Bytes.little(UInt32(directory.count))
    bytes += Bytes.little(UInt32(start))
    return bytes + [0, 0]
  }

  /// What local headers and the directory both say: flags, method and time (all 0), CRC, sizes, length of the name.
  private func common(_ entry: Entry) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 8)
    bytes += Bytes.little(entry.checksum)
    for _ in 0..<2 { bytes += Bytes.little(UInt32(entry.content.count)) }
    return bytes + Bytes.little(UInt16(truncatingIfNeeded: entry.name.utf8.count))
  }

  /// Spoils the archive's entries, the pickle in it, or the bytes of its directory.
  static func spoil(_ bytes: inout [UInt8], _ random: inout Random) throws {
    var zip = try PyTorchZip(bytes)
    switch random.below(6) {
    case 0: Bytes.spoil(&bytes, &random)
    case 1: Bytes.spoil(&bytes, in: max(0, bytes.count - 2500)..<bytes.count, &random)
    case 2:
      let place = random.below(zip.entries.count)
      switch random.below(4) {
      case 0: zip.entries.remove(at: place)
      case 1: zip.entries.append(zip.entries[place])
      case 2: zip.entries[place].name = TreeSpoiler().changed(zip.entries[place].name, &random)
      default:
        zip.entries[place].content.removeLast(random.below(zip.entries[place].content.count + 1))
      }
      bytes = zip.bytes
    default:
      guard let place = zip.entries.firstIndex(where: { $0.name.hasSuffix("data.pkl") }) else {
        return
      }
      var pickle = Pickle(zip.entries[place].content)
      for _ in 0..<random.few(3) { pickle.spoil(&random) }
      zip.entries[place].content = pickle.bytes
      zip.entries[place].checksum = CRC32.of(pickle.bytes)
      bytes = zip.bytes
    }
  }
}

enum CRC32 {
  static func of(_ bytes: [UInt8]) -> UInt32 {
    var value = UInt32.max
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~value
  }
}
