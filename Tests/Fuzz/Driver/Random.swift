/// SplitMix64: the same numbers for the same seed on every machine and with every compiler.
struct Random {
  private var state: UInt64

  /// - Parameters:
  ///   - reader: readers draw different numbers from the same seed.
  ///   - seed: number of the attempt.
  init(reader: String, seed: UInt64) {
    state = 0xCBF2_9CE4_8422_2325
    for byte in reader.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    state ^= seed &* 0x9E37_79B9_7F4A_7C15
    _ = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 to `limit` − 1; 0 when `limit` is not positive.
  mutating func below(_ limit: Int) -> Int {
    limit > 0 ? Int(next() % UInt64(limit)) : 0
  }

  /// True once in `count` times.
  mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

  /// One of `choices`, which must not be empty.
  mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element {
    choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }

  /// 1, half as often 2, and so on, up to `most`.
  mutating func few(_ most: Int) -> Int {
    var count = 1
    while count < most, oneIn(2) { count += 1 }
    return count
  }
}
