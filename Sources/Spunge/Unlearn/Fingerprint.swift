/// A hash that identifies content: FNV-1a over 32-bit words.
struct Fingerprint {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ word: UInt32) { value = (value ^ UInt64(word)) &* 0x100_0000_01b3 }

  /// A row of token ids and its length.
  mutating func add(_ ids: [Int32]) {
    add(UInt32(truncatingIfNeeded: ids.count))
    for id in ids { add(UInt32(bitPattern: id)) }
  }
}
