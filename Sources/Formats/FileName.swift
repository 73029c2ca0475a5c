import Crypto

/// Names of files and folders that are made of foreign text, such as a task's or a variant's name.
extension StringProtocol {
  /// The text as the name of one file or folder: never empty, hidden, a path, or longer than 200 bytes; two texts that
  /// differ have names that differ.
  ///
  /// Letters, digits, `-_.,:+=@` and spaces stay, whatever their script; the bytes of all else are written as in
  /// addresses, `%2F`. Of a long text the start is kept, with a digest of the whole.
  package var fileName: String {
    var name = ""
    for scalar in unicodeScalars {
      let isKept =
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        || "-_.,:+=@ ".unicodeScalars.contains(scalar)
      name +=
        isKept && !(name.isEmpty && scalar == ".")
        ? String(scalar) : String(scalar).utf8.map { "%" + FileName.digits($0) }.joined()
    }
    // Two per cent signs do not come of encoding.
    guard !name.isEmpty else { return "%" }
    guard name.utf8.count > FileName.longest else { return name }
    var start = ""
    for character in name.unicodeScalars {
      guard start.utf8.count + String(character).utf8.count <= FileName.longest else { break }
      start.unicodeScalars.append(character)
    }
    let digest = SHA256.hash(data: Array(utf8)).prefix(16).map(FileName.digits).joined()
    return start + "%%" + digest
  }
}

package enum FileName {
  /// Bytes of a name that stands without a digest; what is put around it has room in 255.
  fileprivate static let longest = 140

  fileprivate static func digits(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  /// The text that has the file name `name`; `nil` where only a digest of it is left.
  package static func text(_ name: some StringProtocol) -> String? {
    if name == "%" { return "" }
    var bytes: [UInt8] = []
    var rest = Array(name.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2,
        let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(code)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
