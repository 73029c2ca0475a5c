/// Ids that a tokenizer puts around every text.
struct Affixes: Sendable, Equatable {
  var prefix: [Int] = []
  var suffix: [Int] = []

  /// Puts `other` around these.
  mutating func surround(with other: Affixes) {
    prefix = other.prefix + prefix
    suffix += other.suffix
  }
}
