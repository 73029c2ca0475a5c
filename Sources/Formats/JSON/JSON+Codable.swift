package import Foundation

/// JSON of this program's own types, which Foundation writes and reads.
extension JSON {
  /// An encoder that gives equal values the same text: members go by their keys, dates are ISO 8601.
  ///
  /// - Parameter pretty: whether every member has a line of its own.
  package static func encoder(pretty: Bool = false) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.dateEncodingStrategy = .iso8601
    return encoder
  }

  /// The text of a file with one value, its last line ended.
  package static func text(_ value: some Encodable, pretty: Bool = true) throws -> String {
    String(decoding: try encoder(pretty: pretty).encode(value), as: UTF8.self) + "\n"
  }

  /// Reads what `encoder` writes.
  package static func decode<Content: Decodable>(
    _ type: Content.Type, from data: Data
  ) throws -> Content {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try decoder.decode(type, from: data)
  }
}
