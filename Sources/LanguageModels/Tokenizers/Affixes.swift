/// Ids that a tokenizer puts around every text.
package struct Affixes: Sendable, Equatable {
  package var prefix: [Int] = []
  package var suffix: [Int] = []

  /// Puts `other` around these.
  mutating func surround(with other: Affixes) {
    prefix = other.prefix + prefix
    suffix += other.suffix
  }
}
