/// Spoils bytes without knowing what they mean.
enum Bytes {
  /// Whole numbers at whose neighbourhood readers go wrong.
  static let numbers: [Int64] = [
    0, 1, -1, 2, 3, 7, 8, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 1000, 4095, 4096, 32767,
    32768, 65535,
    65536, 1 << 20, 1 << 24, (1 << 24) + 1, 256_000_000, (1 << 31) - 1, 1 << 31, (1 << 32) - 1,
    1 << 32,
    -(1 << 31), 1 << 40, 1 << 53, (1 << 53) + 1, 1 << 62, .max, .min, .max - 1, -2, -128,
  ]

  /// One to four changes anywhere in `range`.
  static func spoil(
    _ bytes: inout [UInt8], in range: Range<Int>? = nil, words: [String] = [],
    _ random: inout Random
  ) {
    var range = range.map { $0.clamped(to: 0..<bytes.count) } ?? 0..<bytes.count
    for _ in 0..<random.few(4) {
      let before = bytes.count
      change(&bytes, range, words, &random)
      range = (range.lowerBound..<max(range.lowerBound, range.upperBound + bytes.count - before))
        .clamped(to: 0..<bytes.count)
    }
  }

  private static func change(
    _ bytes: inout [UInt8], _ range: Range<Int>, _ words: [String], _ random: inout Random
  ) {
    let place = range.lowerBound + random.below(range.count)
    let end = min(range.upperBound, place + 1 + random.below(random.pick([1, 4, 16, 256, 4096])))
    switch random.below(words.isEmpty ? 9 : 12) {
    case 0, 1: if place < bytes.count { bytes[place] ^= 1 << UInt8(random.below(8)) }
    case 2: if place < bytes.count { bytes[place] = UInt8(random.below(256)) }
    case 3: write(random.pick(numbers), width: random.pick([1, 2, 4, 8]), at: place, &bytes)
    case 4:
      if random.oneIn(3) {
        bytes.removeSubrange(place...)
      } else {
        bytes.removeSubrange(place..<end)
      }
    case 5: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 6: bytes.insert(contentsOf: random.bytes(1 + random.below(8)), at: place)
    case 7:
      let byte = random.pick(
        [0, 0x20, 0x41, 0x7F, 0x80, 0xC0, 0xFF, 0x22, 0x5B, 0x7B, 0x0A, 0x1B] as [UInt8])
      let count = random.pick([1, 3, 40, 300, 5000])
      bytes.insert(contentsOf: [UInt8](repeating: byte, count: count), at: place)
    case 8:
      let part = Array(bytes[place..<end])
      bytes.removeSubrange(place..<end)
      bytes.insert(
        contentsOf: part, at: min(bytes.count, range.lowerBound + random.below(range.count)))
    default: bytes.insert(contentsOf: Array(random.pick(words).utf8), at: place)
    }
  }

  /// Overwrites `width` bytes at `place` with the low bytes of `number`, little-endian.
  static func write(_ number: Int64, width: Int, at place: Int, _ bytes: inout [UInt8]) {
    for index in 0..<width where bytes.indices.contains(place + index) {
      bytes[place + index] = UInt8(truncatingIfNeeded: number >> (8 * Int64(index)))
    }
  }

  static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
