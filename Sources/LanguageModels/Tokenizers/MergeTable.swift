/// The pairs of tokens that merge, their order and their results.
struct MergeTable: Sendable {
  struct Merge {
    /// Place in the list of merges; lower ones go first.
    let rank: Int32
    let result: Int32
  }

  /// Open addressing, a power of two long; a pair is `left << 32 | right`, −1 marks a free slot.
  private var pairs: [Int64]
  private var merges: [Merge]
  private var count = 0

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    pairs = [Int64](repeating: -1, count: size)
    merges = [Merge](repeating: Merge(rank: 0, result: 0), count: size)
  }

  /// Adds a merge; an existing one gets the new rank, as in Hugging Face's reader.
  mutating func add(_ left: Int, _ right: Int, rank: Int, result: Int) {
    if count * 2 >= pairs.count { grow() }
    let pair = Self.pair(Int32(left), Int32(right))
    let slot = self.slot(of: pair)
    if pairs[slot] < 0 { count += 1 }
    pairs[slot] = pair
    merges[slot] = Merge(rank: Int32(rank), result: Int32(result))
  }

  subscript(left: Int32, right: Int32) -> Merge? {
    let slot = self.slot(of: Self.pair(left, right))
    return pairs[slot] < 0 ? nil : merges[slot]
  }

  private static func pair(_ left: Int32, _ right: Int32) -> Int64 {
    Int64(left) << 32 | Int64(right)
  }

  private func slot(of pair: Int64) -> Int {
    let mask = pairs.count - 1
    let hash = UInt64(bitPattern: pair) &* 0x9e37_79b9_7f4a_7c15
    var slot = Int(truncatingIfNeeded: hash >> 32) & mask
    while pairs[slot] >= 0, pairs[slot] != pair { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    var larger = MergeTable(capacity: pairs.count)
    for (pair, merge) in zip(pairs, merges) where pair >= 0 {
      let slot = larger.slot(of: pair)
      larger.pairs[slot] = pair
      larger.merges[slot] = merge
    }
    larger.count = count
    self = larger
  }
}
