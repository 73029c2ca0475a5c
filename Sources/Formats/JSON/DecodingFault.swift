package import Foundation

/// What Foundation's JSON decoder found wrong, with the place that it keeps to itself.
package enum DecodingFault {
  /// What in `text` a decoder threw `error` for.
  package static func reason(_ error: any Error, in text: Data) -> String {
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case DecodingError.keyNotFound(let key, let context):
      "'\(key.stringValue.shown())' is missing in '\(place(context).shown())'"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "'\(place(context).shown())': \(context.debugDescription.shown())"
    case DecodingError.dataCorrupted(let context): damage(context, in: text)
    default: "\(error)"
    }
  }

  /// What in `text`, which a decoder took for damaged, is no JSON that it reads.
  private static func damage(_ context: DecodingError.Context, in text: Data) -> String {
    if let offset = UTF8Check.firstFault(text) {
      return "not UTF-8: see the byte at offset \(offset)"
    }
    let fault = text.withUnsafeBytes { bytes -> String? in
      do throws(JSONFault) {
        _ = try JSON.parse(bytes, .foundation)
        return nil
      } catch {
        let (line, column) = error.place(in: bytes)
        return "line \(line), column \(column): \(error)"
      }
    }
    if let fault { return fault }
    // The decoder says the same of a number that a key cannot hold, and not which.
    let place = context.codingPath.map(\.stringValue).joined(separator: ".")
    let isVague = context.debugDescription.contains("not valid JSON")
    return (place.isEmpty ? "" : "'\(place.shown())': ")
      + (isVague
        ? "a number is too large, too small or not whole where a whole one is expected"
        : context.debugDescription.shown())
  }
}
