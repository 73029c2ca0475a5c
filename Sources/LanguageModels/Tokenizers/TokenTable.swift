/// Tokens and their ids, found by exact bytes.
///
/// `String` keys would not do: canonically equivalent tokens are different tokens.
struct TokenTable: Sendable {
  /// Largest id that is believed; the biggest vocabularies have about a quarter of a million.
  static let maximumID = (1 << 24) - 1

  private var bytes: [UInt8] = []
  /// Where each entry's bytes end.
  private var ends: [Int] = []
  private var ids: [Int32] = []
  /// Open addressing, a power of two long: an entry or −1.
  private var slots: [Int32] = [Int32](repeating: -1, count: 16)
  private var entryOfID: [Int32: Int32] = [:]
  /// One more than the largest id.
  private(set) var upperBound = 0

  var count: Int { ends.count }

  /// Why a token could not be added.
  enum Rejection {
    case idOutOfRange
    case duplicateToken
    case duplicateID(token: String)
  }

  mutating func reserveCapacity(_ count: Int) {
    ends.reserveCapacity(count)
    ids.reserveCapacity(count)
    entryOfID.reserveCapacity(count)
  }

  /// Adds a token; nil if that succeeded.
  mutating func add(_ token: [UInt8], id: Int) -> Rejection? {
    guard (0...Self.maximumID).contains(id) else { return .idOutOfRange }
    if let entry = entryOfID[Int32(id)] {
      return .duplicateID(token: String(decoding: self.token(entry: Int(entry)), as: UTF8.self))
    }
    if ends.count * 2 >= slots.count { grow() }
    let slot = self.slot(of: token, token.startIndex..<token.endIndex)
    guard slots[slot] < 0 else { return .duplicateToken }
    let entry = Int32(ends.count)
    slots[slot] = entry
    bytes += token
    ends.append(bytes.count)
    ids.append(Int32(id))
    entryOfID[Int32(id)] = entry
    upperBound = max(upperBound, id + 1)
    return nil
  }

  /// Id of the token `text[range]`.
  func id(of text: [UInt8], _ range: Range<Int>) -> Int? {
    let entry = slots[slot(of: text, range)]
    return entry < 0 ? nil : Int(ids[Int(entry)])
  }

  func id(of token: [UInt8]) -> Int? { id(of: token, 0..<token.count) }

  func id(of token: String) -> Int? { id(of: Array(token.utf8)) }

  /// Bytes of the token `id`.
  func token(_ id: Int) -> ArraySlice<UInt8>? {
    guard let key = Int32(exactly: id), let entry = entryOfID[key] else { return nil }
    return token(entry: Int(entry))
  }

  private func token(entry: Int) -> ArraySlice<UInt8> {
    bytes[(entry == 0 ? 0 : ends[entry - 1])..<ends[entry]]
  }

  /// The slot that holds `text[range]`, or the free one where it belongs.
  private func slot(of text: [UInt8], _ range: Range<Int>) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: fingerprint(text, range)) & mask
    while slots[slot] >= 0, !token(entry: Int(slots[slot])).elementsEqual(text[range]) {
      slot = (slot + 1) & mask
    }
    return slot
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for entry in ends.indices {
      let range = (entry == 0 ? 0 : ends[entry - 1])..<ends[entry]
      slots[slot(of: bytes, range)] = Int32(entry)
    }
  }
}

/// FNV-1a with a final mix, so that low bits depend on every byte.
func fingerprint(_ text: [UInt8], _ range: Range<Int>) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for index in range { hash = (hash ^ UInt64(text[index])) &* 0x100_0000_01b3 }
  return hash ^ (hash >> 32)
}
