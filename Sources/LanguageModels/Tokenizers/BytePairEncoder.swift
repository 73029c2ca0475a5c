/// Byte-pair encoding of single words.
///
/// Sennrich, Haddow, Birch 2016, "Neural Machine Translation of Rare Words with Subword Units",
/// https://arxiv.org/abs/1508.07909
struct BytePairEncoder: Sendable {
  let tokens: TokenTable
  private let merges: MergeTable
  private let unknownID: Int32?
  private let fusesUnknown: Bool
  /// Whether a word that is a token is that token, whatever the merges say.
  private let ignoresMerges: Bool
  /// Token of each byte's character, −1 if there is none.
  private let byteIDs: [Int32]
  /// `<0x00>` … `<0xFF>`; −1 for those missing, empty if unknown characters do not become bytes.
  private let fallbackIDs: [Int32]
  private let cache = WordCache()

  init(
    tokens: TokenTable, merges: MergeTable, unknownID: Int? = nil, fusesUnknown: Bool = false,
    ignoresMerges: Bool = false, fallsBackToBytes: Bool = false
  ) {
    self.tokens = tokens
    self.merges = merges
    self.unknownID = unknownID.map(Int32.init)
    self.fusesUnknown = fusesUnknown
    self.ignoresMerges = ignoresMerges
    byteIDs = ByteAlphabet.characters.map { Int32(tokens.id(of: $0) ?? -1) }
    fallbackIDs =
      fallsBackToBytes
      ? (0..<256).map { Int32(tokens.id(of: ByteFallback.token(UInt8($0))) ?? -1) } : []
  }

  /// Appends the ids of the word `text[range]`.
  /// - Parameter bytewise: tokens are written in `ByteAlphabet`, as opposed to plain text.
  /// - Complexity: O(n log n).
  func encode(_ text: [UInt8], _ range: Range<Int>, bytewise: Bool, to ids: inout [Int]) {
    let word = cache.ids(of: text, range) {
      if ignoresMerges, let id = id(ofWord: text, range, bytewise: bytewise) { return [Int32(id)] }
      return merged(symbols(text, range, bytewise: bytewise))
    }
    for id in word { ids.append(Int(id)) }
  }

  private func id(ofWord text: [UInt8], _ range: Range<Int>, bytewise: Bool) -> Int? {
    bytewise
      ? tokens.id(of: range.flatMap { ByteAlphabet.characters[Int(text[$0])] })
      : tokens.id(of: text, range)
  }

  /// One token per character, or what stands for characters that are no tokens.
  private func symbols(_ text: [UInt8], _ range: Range<Int>, bytewise: Bool) -> [Int32] {
    var result: [Int32] = []
    result.reserveCapacity(range.count)
    // As in Hugging Face's library the unknown token waits for the next that is known; bytes do not count as such.
    var unknowns = 0
    func flush() {
      if let unknownID { result += repeatElement(unknownID, count: unknowns) }
      unknowns = 0
    }
    var position = range.lowerBound
    while position < range.upperBound {
      let length = bytewise ? 1 : text.scalarLength(at: position)
      let character = position..<min(position + length, range.upperBound)
      position = character.upperBound
      if let id = id(ofCharacter: text, character, bytewise: bytewise) {
        flush()
        result.append(id)
      } else if let bytes = fallback(text, character, bytewise: bytewise) {
        result += bytes
      } else if unknownID != nil {
        if !fusesUnknown { flush() }
        unknowns = 1
      }
    }
    flush()
    return result
  }

  private func id(
    ofCharacter text: [UInt8], _ range: Range<Int>, bytewise: Bool
  ) -> Int32? {
    guard bytewise else { return tokens.id(of: text, range).map { Int32($0) } }
    let id = byteIDs[Int(text[range.lowerBound])]
    return id >= 0 ? id : nil
  }

  /// The tokens of a character's bytes; nil where one of them has none.
  private func fallback(_ text: [UInt8], _ range: Range<Int>, bytewise: Bool) -> [Int32]? {
    if fallbackIDs.isEmpty { return nil }
    let bytes =
      bytewise ? ByteAlphabet.characters[Int(text[range.lowerBound])] : Array(text[range])
    let ids = bytes.map { fallbackIDs[Int($0)] }
    return ids.allSatisfy { $0 >= 0 } ? ids : nil
  }

  /// Merges the pair of lowest rank, leftmost first, until no pair merges.
  private func merged(_ symbols: [Int32]) -> [Int32] {
    var ids = symbols
    // A linked list over `ids`; symbols merged into their left neighbour become −1.
    var previous = Array(-1..<max(0, ids.count - 1))
    var next = Array(1..<(ids.count + 1))
    var queue = MinimumHeap()
    func enqueue(_ left: Int) {
      guard left >= 0, next[left] < ids.count else { return }
      guard let merge = merges[ids[left], ids[next[left]]] else { return }
      queue.push(UInt64(merge.rank) << 32 | UInt64(left))
    }
    for left in ids.indices { enqueue(left) }
    while let key = queue.pop() {
      let left = Int(key & 0xFFFF_FFFF)
      let right = next[left]
      // What was queued may have been merged away since.
      guard ids[left] >= 0, right < ids.count, let merge = merges[ids[left], ids[right]],
        UInt64(merge.rank) == key >> 32
      else { continue }
      ids[left] = merge.result
      ids[right] = -1
      next[left] = next[right]
      if next[right] < ids.count { previous[next[right]] = left }
      enqueue(previous[left])
      enqueue(left)
    }
    return ids.filter { $0 >= 0 }
  }
}

/// A binary heap that hands out its smallest key first.
struct MinimumHeap {
  private var keys: [UInt64] = []

  mutating func push(_ key: UInt64) {
    keys.append(key)
    var child = keys.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if keys[parent] <= keys[child] { return }
      keys.swapAt(parent, child)
      child = parent
    }
  }

  mutating func pop() -> UInt64? {
    guard let smallest = keys.first, let last = keys.popLast() else { return nil }
    if keys.isEmpty { return smallest }
    keys[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= keys.count { return smallest }
      if child + 1 < keys.count, keys[child + 1] < keys[child] { child += 1 }
      if keys[parent] <= keys[child] { return smallest }
      keys.swapAt(parent, child)
      parent = child
    }
  }
}
