/// Small files that unpack to very large ones.
enum Compressed {
  /// One JSON row whose text is `megabytes` of spaces and has no end.
  static func bomb(_ kind: String, megabytes: Int) -> [UInt8] {
    kind == "gz" ? gzip(megabytes << 20) : zstandard(megabytes << 20)
  }

  private static let start = Array("{\"text\": \"".utf8)

  /// A frame of run-length blocks, 128 KiB each.
  private static func zstandard(_ count: Int) -> [UInt8] {
    func block(_ type: UInt32, _ size: Int, last: Bool) -> [UInt8] {
      Array(Bytes.little(UInt32(size) << 3 | type << 1 | (last ? 1 : 0)).prefix(3))
    }
    // Window of 1 MiB, no content size, no checksum.
    var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x50]
    bytes += block(0, start.count, last: false) + start
    for _ in 0..<count >> 17 { bytes += block(1, 1 << 17, last: false) + [0x20] }
    return bytes + block(1, 1, last: true) + [0x20]
  }

  /// A member of one block with fixed codes: a row's start, a space, and matches of 258 bytes at distance 1.
  private static func gzip(_ count: Int) -> [UInt8] {
    var bits = BitWriter()
    bits.put(0b011, 3)
    for byte in start + [0x20] { bits.putReversed(0x30 + UInt32(byte), 8) }
    for _ in 0..<count / 258 {
      bits.putReversed(0xC5, 8)
      bits.putReversed(0, 5)
    }
    bits.put(0, 7)
    // The checksum behind it is wrong; nobody should get there.
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF] + bits.finished() + [0, 0, 0, 0, 0, 0, 0, 0]
  }
}

/// Bits from the lowest upward, as deflate has them.
private struct BitWriter {
  private var bytes: [UInt8] = []
  private var current: UInt32 = 0
  private var count: UInt32 = 0

  mutating func put(_ value: UInt32, _ width: UInt32) {
    current |= value << count
    count += width
    while count >= 8 {
      bytes.append(UInt8(current & 0xFF))
      current >>= 8
      count -= 8
    }
  }

  /// Huffman codes stand with their highest bit first.
  mutating func putReversed(_ value: UInt32, _ width: UInt32) {
    var reversed: UInt32 = 0
    for bit in 0..<width where value >> bit & 1 == 1 { reversed |= 1 << (width - 1 - bit) }
    put(reversed, width)
  }

  func finished() -> [UInt8] { bytes + [UInt8(current & 0xFF)] }
}
