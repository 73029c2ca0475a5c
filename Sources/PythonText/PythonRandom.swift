/// CPython's `random.Random`: the Mersenne Twister MT19937 and the draws made from it, bit for bit.
///
/// Matsumoto & Nishimura 1998, https://doi.org/10.1145/272991.272995
package struct PythonRandom: Sendable {
  private static let size = 624
  private var state: [UInt32]
  private var position = size

  /// `Random(seed)` for a seed that is not negative.
  package init(seed: UInt64) {
    state = Self.initial(19_650_218)
    let high = UInt32(truncatingIfNeeded: seed >> 32)
    let low = UInt32(truncatingIfNeeded: seed)
    mix(key: high == 0 ? [low] : [low, high])
  }

  private static func initial(_ seed: UInt32) -> [UInt32] {
    var state = [seed]
    for index in 1..<size {
      let previous = state[index - 1]
      state.append(1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(index))
    }
    return state
  }

  /// The generator authors' `init_by_array`.
  private mutating func mix(key: [UInt32]) {
    var (i, j) = (1, 0)
    func advance(_ state: inout [UInt32]) {
      i += 1
      if i == Self.size {
        state[0] = state[Self.size - 1]
        i = 1
      }
    }
    for _ in 0..<max(Self.size, key.count) {
      let previous = state[i - 1]
      state[i] =
        (state[i] ^ ((previous ^ (previous >> 30)) &* 1_664_525)) &+ key[j] &+ UInt32(j)
      j = (j + 1) % key.count
      advance(&state)
    }
    for _ in 0..<Self.size - 1 {
      let previous = state[i - 1]
      state[i] = (state[i] ^ ((previous ^ (previous >> 30)) &* 1_566_083_941)) &- UInt32(i)
      advance(&state)
    }
    state[0] = 0x8000_0000
  }

  private mutating func nextWord() -> UInt32 {
    if position == Self.size {
      for index in 0..<Self.size {
        let joined =
          (state[index] & 0x8000_0000) | (state[(index + 1) % Self.size] & 0x7fff_ffff)
        state[index] =
          state[(index + 397) % Self.size] ^ (joined >> 1)
          ^ (joined & 1 == 0 ? 0 : 0x9908_b0df)
      }
      position = 0
    }
    var word = state[position]
    position += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9d2c_5680
    word ^= (word << 15) & 0xefc6_0000
    return word ^ (word >> 18)
  }

  /// `getrandbits(count)` for 1…32 bits.
  package mutating func bits(_ count: Int) -> UInt32 {
    precondition((1...32).contains(count), "\(count) bits asked for; 1 to 32 are possible")
    return nextWord() >> (32 - UInt32(count))
  }

  /// `random()`: 53 random bits in 0..<1.
  package mutating func uniform() -> Double {
    let (high, low) = (nextWord() >> 5, nextWord() >> 6)
    return (Double(high) * 67_108_864 + Double(low)) / 9_007_199_254_740_992
  }

  /// `randrange(bound)` for a bound in 1..<2³².
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0 && bound <= Int(UInt32.max), "no random number below \(bound)")
    let width = Int.bitWidth - bound.leadingZeroBitCount
    while true {
      let candidate = Int(bits(width))
      if candidate < bound { return candidate }
    }
  }

  /// `sample(range(population), count)`: different indices in the order in which they were drawn.
  package mutating func sample(_ count: Int, of population: Int) -> [Int] {
    precondition(count >= 0 && count <= population, "\(count) of \(population) cannot be drawn")
    var poolLimit = 21
    if count > 5 {
      var power = 1
      while power < 3 * count { power *= 4 }
      poolLimit += power
    }
    if population <= poolLimit {
      var pool = Array(0..<population)
      return (0..<count).map { drawn in
        let index = below(population - drawn)
        defer { pool[index] = pool[population - drawn - 1] }
        return pool[index]
      }
    }
    var (seen, drawn) = (Set<Int>(), [Int]())
    while drawn.count < count {
      let index = below(population)
      if seen.insert(index).inserted { drawn.append(index) }
    }
    return drawn
  }

  /// `choices(elements, k=count)`: with replacement.
  package mutating func choices<Element>(from elements: [Element], count: Int) -> [Element] {
    (0..<count).map { _ in elements[choice(of: elements.count)] }
  }

  /// The position that one of the draws of `choices` takes.
  package mutating func choice(of count: Int) -> Int { Int(uniform() * Double(count)) }

  /// `shuffle(elements)`
  package mutating func shuffle<Element>(_ elements: inout [Element]) {
    for index in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(index, below(index + 1))
    }
  }
}
