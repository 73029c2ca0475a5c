import Crypto
import Foundation

/// Everything that determines a step's result; equal keys mean equal results.
package struct StepKey: Sendable, Hashable, Codable {
  /// The step's name, for example `unlearn/medicine`.
  package var step: String
  /// The method's version, increased whenever its results would change.
  package var version: Int
  /// Resolved settings as text, defaults spelled out.
  package var settings: String
  /// Digest of each input, by name.
  package var inputs: [String: String]

  package init(step: String, version: Int, settings: String, inputs: [String: String]) {
    self.step = step
    self.version = version
    self.settings = settings
    self.inputs = inputs
  }

  /// SHA-256 of the whole key, 64 hexadecimal digits.
  package var digest: String {
    Self.digest(
      step: step, version: version, settings: CollectionOfOne(Array(settings.utf8)), inputs: inputs)
  }

  /// The digest of a key without it.
  ///
  /// - Parameter settings: the text's UTF-8 in pieces, so that one as long as a corpus is never in memory whole.
  static func digest(
    step: String, version: Int, settings: some Sequence<[UInt8]>, inputs: [String: String] = [:]
  ) -> String {
    var hash = SHA256()
    // Every field ends with a byte that never occurs in UTF-8, so that different keys give different bytes.
    let end: [UInt8] = [0xff]
    func add(_ field: String) { hash.update(data: Array(field.utf8) + end) }
    add(step)
    add(String(version))
    for piece in settings { hash.update(data: piece) }
    hash.update(data: end)
    for (name, digest) in inputs.sorted(by: <) {
      add(name)
      add(digest)
    }
    return hash.finalize().hexadecimal
  }

  /// Folder name: the step's readable name and enough of the digest to be unique.
  package var folderName: String {
    let letters = step.unicodeScalars.map { scalar -> Character in
      scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        ? Character(scalar) : "-"
    }
    return "\(String(letters).prefix(60))-\(digest.prefix(16))"
  }
}

extension Sequence<UInt8> {
  /// Two lower-case digits per byte.
  var hexadecimal: String {
    map { String(format: "%02x", $0) }.joined()
  }
}
