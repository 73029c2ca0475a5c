/// Characters that the system's Oniguruma does not know yet.
///
/// Hugging Face's library brings an Oniguruma with the tables of Unicode 16; Debian's may be older, for which newer
/// letters are no letters. In text that is searched, a known character of the same kind stands in for each of them.
struct NewScalars: Sendable {
  /// Beyond what Hugging Face's library knows.
  private static let newest = (major: 16, minor: 0)

  /// In order.
  private let ranges: [ClosedRange<UInt32>]
  /// What stands in for a character, by character.
  private let standIns: [Unicode.Scalar: [UInt8]]

  /// What tells characters apart that expressions treat differently.
  private struct Kind: Hashable {
    let length: Int
    let category: Unicode.GeneralCategory
    let isAlphabetic: Bool
    let isIdeographic: Bool
    let isEmoji: Bool

    init(_ scalar: Unicode.Scalar) {
      let properties = scalar.properties
      length = UTF8.width(scalar)
      category = properties.generalCategory
      isAlphabetic = properties.isAlphabetic
      isIdeographic = properties.isIdeographic
      isEmoji = properties.isEmoji
    }
  }

  /// - Parameter unassigned: finds what the system's Oniguruma takes for unassigned.
  init(unassigned: (_ text: [UInt8]) -> [Range<Int>]) {
    // The planes that have letters and signs, beyond Latin, whose characters need more than two bytes.
    let values = [0x800..<0xD800, 0xE000..<0x33480, 0xE0000..<0xE0200].joined()
    let scalars = values.compactMap { Unicode.Scalar(UInt32($0)) }
    let text = Array(String(String.UnicodeScalarView(scalars)).utf8)
    var new: [Unicode.Scalar] = []
    for range in unassigned(text) {
      for scalar in String(decoding: text[range], as: UTF8.self).unicodeScalars {
        guard let age = scalar.properties.age, (age.major, age.minor) <= Self.newest else {
          continue
        }
        new.append(scalar)
      }
    }
    var runs: [ClosedRange<UInt32>] = []
    for scalar in new {
      if let last = runs.last, last.upperBound + 1 == scalar.value {
        runs[runs.count - 1] = last.lowerBound...scalar.value
      } else {
        runs.append(scalar.value...scalar.value)
      }
    }
    ranges = runs
    standIns = Self.standIns(for: new, among: scalars)
  }

  private static func standIns(
    for new: [Unicode.Scalar], among scalars: [Unicode.Scalar]
  ) -> [Unicode.Scalar: [UInt8]] {
    let isNew = Set(new)
    var missing = Set(new.map(Kind.init))
    var found: [Kind: [UInt8]] = [:]
    for scalar in scalars where !missing.isEmpty && !isNew.contains(scalar) {
      let kind = Kind(scalar)
      if missing.remove(kind) != nil { found[kind] = Array(String(scalar).utf8) }
    }
    return Dictionary(new.compactMap { scalar in found[Kind(scalar)].map { (scalar, $0) } }) { $1 }
  }

  /// Whether one of them is in `text`.
  func occur(in text: some Collection<UInt8>) -> Bool {
    guard !ranges.isEmpty, text.contains(where: { $0 >= 0xE0 }) else { return false }
    return String(decoding: text, as: UTF8.self).unicodeScalars.contains { isNew($0) }
  }

  private func isNew(_ scalar: Unicode.Scalar) -> Bool {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < scalar.value { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound <= scalar.value
  }

  /// `text` with the stand-ins, as long as before.
  func replaced(in text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      result += (isNew(scalar) ? standIns[scalar] : nil) ?? Array(UTF8.encode(scalar) ?? .init())
    }
    return result
  }
}
