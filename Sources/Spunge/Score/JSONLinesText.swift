import Formats
import Foundation

/// Records as JSON Lines.
package enum JSONLinesText {
  package static func encode(_ records: [some Encodable]) throws -> String {
    let encoder = JSON.encoder()
    // A damaged model gives such numbers; its other answers are kept all the same.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try records.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
      .joined()
  }
}
