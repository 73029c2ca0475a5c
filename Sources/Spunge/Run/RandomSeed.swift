import Crypto

/// A seed from which independent seeds are derived by name, so that adding a part of the run does not
/// shift the randomness of another.
package struct RandomSeed: Sendable, Hashable {
  package let value: UInt64

  package init(_ value: UInt64) { self.value = value }

  /// The seed of the part called `name`, for example `unlearn/medicine`.
  package func child(named name: String) -> RandomSeed {
    var hash = SHA256()
    withUnsafeBytes(of: value.littleEndian) { hash.update(bufferPointer: $0) }
    hash.update(data: Array(name.utf8))
    return RandomSeed(hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }
}
