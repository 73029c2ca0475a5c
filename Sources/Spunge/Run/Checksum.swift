import Crypto
import Formats
import Foundation

/// Short checksums that detect flipped bits and edited lines in stored results.
enum Checksum {
  /// Length of a checksum's text.
  static let length = 16

  /// The first 64 bits of SHA-256, hexadecimal.
  static func text(of data: Data) -> String {
    var text = ""
    for byte in SHA256.hash(data: data).prefix(length / 2) {
      for digit in [byte >> 4, byte & 15] {
        text.unicodeScalars.append(Unicode.Scalar(digit < 10 ? 48 + digit : 87 + digit))
      }
    }
    return text
  }
}

/// A JSON object on one line whose last field is a checksum of the rest.
enum CheckedLine {
  private static let lead = Data(",\"check\":\"".utf8)
  private static let end = Data("\"}".utf8)
  /// Bytes from the checksum's comma to the end.
  private static let tailLength = lead.count + Checksum.length + end.count

  /// Spells the objects.
  static let encoder = JSON.encoder()

  enum Content {
    /// The object as it was before the checksum was added.
    case checked(Data)
    /// A line without a checksum, as earlier versions wrote them.
    case plain(Data)
    case damaged
  }

  /// `{"a":1}` becomes `{"a":1,"check":"…"}`.
  ///
  /// - Parameter object: a JSON object that has fields.
  static func sealed(_ object: Data) -> Data {
    object.dropLast() + lead + Data(Checksum.text(of: object).utf8) + end
  }

  static func opened(_ line: Data) -> Content {
    let body = line.dropLast(tailLength)
    let tail = line.suffix(tailLength)
    guard line.count > tailLength, tail.starts(with: lead), tail.suffix(end.count) == end else {
      return .plain(line)
    }
    let object = body + [UInt8(ascii: "}")]
    let check = tail.dropFirst(lead.count).prefix(Checksum.length)
    return check.elementsEqual(Checksum.text(of: object).utf8) ? .checked(object) : .damaged
  }
}
