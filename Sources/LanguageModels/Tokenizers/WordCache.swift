import Synchronization

/// Ids of words that were encoded lately; bounded, and shared between threads.
///
/// Direct-mapped: a word replaces whatever has its slot, so that the size needs no bookkeeping.
final class WordCache: Sendable {
  private struct Entry {
    let word: [UInt8]
    let ids: [Int32]
  }

  private static let slotCount = 1 << 15
  /// Longer words hardly ever come back.
  private static let maximumLength = 64

  private let entries = Mutex([Entry?](repeating: nil, count: slotCount))

  /// Ids of `text[range]`, from the cache or else from `encode`.
  func ids(of text: [UInt8], _ range: Range<Int>, encode: () -> [Int32]) -> [Int32] {
    if range.count > Self.maximumLength { return encode() }
    let slot = Int(truncatingIfNeeded: fingerprint(text, range)) & (Self.slotCount - 1)
    if let entry = entries.withLock({ $0[slot] }), entry.word.elementsEqual(text[range]) {
      return entry.ids
    }
    let entry = Entry(word: Array(text[range]), ids: encode())
    entries.withLock { $0[slot] = entry }
    return entry.ids
  }
}
