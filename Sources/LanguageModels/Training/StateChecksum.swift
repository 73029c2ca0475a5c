import Crypto
import Foundation

/// SHA-256 over everything that a training state consists of.
struct StateChecksum {
  private var hash = SHA256()

  init(_ metadata: [String: String]) {
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      add(key)
      add(value)
    }
  }

  mutating func add(_ text: String) {
    // Ends in a byte that UTF-8 never holds, so that no two sequences of texts are the same bytes.
    hash.update(data: Array(text.utf8) + [0xff])
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

  /// Hexadecimal.
  var text: String { hash.finalize().map { String(format: "%02x", $0) }.joined() }
}
