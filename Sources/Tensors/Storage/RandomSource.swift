/// A seeded random generator whose named children are independent of each other.
///
/// xoshiro256** seeded through SplitMix64 (Blackman & Vigna 2021, https://prng.di.unimi.it). The
/// same seed and names give the same numbers in every process and on every machine.
package struct RandomSource: RandomNumberGenerator, Sendable {
  /// The seed.
  package let seed: UInt64
  private var state: (UInt64, UInt64, UInt64, UInt64)

  package init(seed: UInt64) {
    self.seed = seed
    var mixer = seed
    state = (splitMix(&mixer), splitMix(&mixer), splitMix(&mixer), splitMix(&mixer))
  }

  /// A generator that depends on this one's seed and on `name`, but not on earlier draws.
  ///
  /// Adding a part to an experiment thus does not change the other parts' random numbers.
  package func child(named name: String) -> RandomSource {
    // FNV-1a; Swift's Hasher has a different seed in every process.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var mixer = seed
    return RandomSource(seed: splitMix(&mixer) ^ hash)
  }

  package mutating func next() -> UInt64 {
    let result = rotateLeft(state.1 &* 5, 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotateLeft(state.3, 45)
    return result
  }

  /// A number in 0 ..< 1, uniform over multiples of 2⁻⁵³.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// Random numbers with random access by index.
///
/// The SplitMix64 sequence (Steele et al. 2014, https://doi.org/10.1145/2714064.2660195), which starts anywhere.
/// An element's number thus does not depend on the order in which elements are visited.
package struct IndexedRandom: Sendable {
  private let start: UInt64

  /// The numbers that belong to `source` as it is now.
  package init(_ source: RandomSource) {
    var source = source
    start = source.next()
  }

  /// Number `index` of the sequence, in 0 ..< 1, uniform over multiples of 2⁻⁵³.
  @inline(__always)
  package func uniform(at index: Int) -> Double {
    var state = start &+ UInt64(truncatingIfNeeded: index) &* splitMixStep
    return Double(splitMix(&state) >> 11) * 0x1p-53
  }
}

private let splitMixStep: UInt64 = 0x9e37_79b9_7f4a_7c15

private func rotateLeft(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }

@inline(__always)
private func splitMix(_ state: inout UInt64) -> UInt64 {
  state &+= splitMixStep
  var z = state
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}
