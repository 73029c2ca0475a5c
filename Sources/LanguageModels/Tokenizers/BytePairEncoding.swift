import Synchronization

/// Byte-pair encoding of one pre-tokenized word; Sennrich et al. 2016, https://arxiv.org/abs/1508.07909
///
/// - Complexity: O(n log n) merges for a word of n symbols; frequent words come from a bounded cache.
final class BytePairEncoding: Sendable {
  /// Token's bytes → id.
  let vocabulary: [[UInt8]: Int32]
  /// Pair of ids → rank and the id they become.
  private let merges: [UInt64: (rank: Int32, id: Int32)]
  private let ignoresMerges: Bool
  private let unknownID: Int32?
  private let byteFallback: [Int32]?
  private let cache = Mutex<[[UInt8]: [Int32]]>([:])
  private static let cacheLimit = 1 << 16

  /// - Parameters:
  ///   - merges: pairs of ids in order of rank, with the id of their union.
  ///   - ignoresMerges: whether a word that is a token stays whole.
  ///   - byteFallback: ids of `<0x00>…<0xFF>`, for characters without a token.
  init(
    vocabulary: [[UInt8]: Int32], merges: [(left: Int32, right: Int32, union: Int32)],
    ignoresMerges: Bool, unknownID: Int32?, byteFallback: [Int32]?
  ) {
    self.vocabulary = vocabulary
    self.ignoresMerges = ignoresMerges
    self.unknownID = unknownID
    self.byteFallback = byteFallback
    var ranks: [UInt64: (rank: Int32, id: Int32)] = [:]
    ranks.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      let key = Self.key(merge.left, merge.right)
      if ranks[key] == nil { ranks[key] = (Int32(rank), merge.union) }
    }
    self.merges = ranks
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Ids of a word, given as UTF-8.
  func encode(_ word: [UInt8]) -> [Int32] {
    if let known = cache.withLock({ $0[word] }) { return known }
    let ids: [Int32]
    if ignoresMerges, let whole = vocabulary[word] { ids = [whole] } else { ids = merge(word) }
    if word.count <= 64 {
      cache.withLock { cache in
        if cache.count >= Self.cacheLimit { cache.removeAll(keepingCapacity: true) }
        cache[word] = ids
      }
    }
    return ids
  }

  private func symbols(_ word: [UInt8]) -> [Int32] {
    var ids: [Int32] = []
    var start = 0
    while start < word.count {
      let length = Self.scalarLength(word[start])
      let scalar = Array(word[start..<min(start + length, word.count)])
      start += scalar.count
      if let id = vocabulary[scalar] {
        ids.append(id)
      } else if let byteFallback {
        ids += scalar.map { byteFallback[Int($0)] }
      } else if let unknownID {
        ids.append(unknownID)
      }
    }
    return ids
  }

  private static func scalarLength(_ lead: UInt8) -> Int {
    lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
  }

  private struct Candidate {
    var rank: Int32
    var left: Int
    var leftID: Int32
    var rightID: Int32

    func comes(before other: Candidate) -> Bool { (rank, left) < (other.rank, other.left) }
  }

  /// Merges the best pair again and again: leftmost first among equals.
  private func merge(_ word: [UInt8]) -> [Int32] {
    var ids = symbols(word)
    var previous = ids.indices.map { $0 - 1 }
    var next = ids.indices.map { $0 + 1 }
    var heap = Heap<Candidate> { $0.comes(before: $1) }
    func offer(_ left: Int) {
      guard left >= 0, next[left] < ids.count else { return }
      let right = next[left]
      guard let merge = merges[Self.key(ids[left], ids[right])] else { return }
      heap.push(
        Candidate(rank: merge.rank, left: left, leftID: ids[left], rightID: ids[right]))
    }
    for left in ids.indices.dropLast() { offer(left) }
    while let best = heap.pop() {
      let right = next[best.left]
      // Stale when one side has been merged since.
      guard ids[best.left] == best.leftID, right < ids.count, ids[right] == best.rightID,
        let merge = merges[Self.key(best.leftID, best.rightID)]
      else { continue }
      ids[best.left] = merge.id
      ids[right] = -1
      next[best.left] = next[right]
      if next[right] < ids.count { previous[next[right]] = best.left }
      offer(previous[best.left])
      offer(best.left)
    }
    return ids.filter { $0 >= 0 }
  }
}

/// A binary heap, best element first.
struct Heap<Element> {
  private var elements: [Element] = []
  private let isBefore: (Element, Element) -> Bool

  init(isBefore: @escaping (Element, Element) -> Bool) { self.isBefore = isBefore }

  mutating func push(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, isBefore(elements[child], elements[(child - 1) / 2]) {
      elements.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> Element? {
    guard let best = elements.first, let last = elements.popLast() else { return nil }
    guard !elements.isEmpty else { return best }
    elements[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < elements.count else { return best }
      if child + 1 < elements.count, isBefore(elements[child + 1], elements[child]) { child += 1 }
      guard isBefore(elements[child], elements[parent]) else { return best }
      elements.swapAt(parent, child)
      parent = child
    }
  }
}
