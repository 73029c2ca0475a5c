import COniguruma
import Formats

/// A regular expression of tokenizer.json, run by the engine that Hugging Face's library runs it by: Oniguruma, with
/// its default syntax and no options.
final class Expression: @unchecked Sendable {
  // Unchecked: the compiled expression never changes, and Oniguruma searches with it from many threads at once.
  private let compiled: OpaquePointer
  private let source: String
  /// Where it is written, for errors.
  private let file: String
  private let field: String
  /// Whether it names a character for which others would stand in.
  private let namesNewScalars: Bool

  /// - Throws: `TokenizerError.invalid` where `source` is no expression, with Oniguruma's reason.
  init(_ source: String, file: String, field: String) throws(TokenizerError) {
    let (compiled, reason) = Self.compile(
      Self.knowsSymbols ? Array(source.utf8) : Self.spellingPunctuation(source))
    guard let compiled else {
      throw .invalid(
        file: file, field: field,
        reason: "'\(source.shown())' is not a regular expression that Oniguruma reads: "
          + reason.shown())
    }
    self.compiled = compiled
    (self.source, self.file, self.field) = (source, file, field)
    namesNewScalars =
      source.utf8.contains { $0 >= 0x80 } && Self.newScalars.occur(in: Array(source.utf8))
  }

  deinit { onp_free(compiled) }

  private static func compile(_ bytes: [UInt8]) -> (OpaquePointer?, reason: String) {
    var message = [CChar](repeating: 0, count: Int(ONP_MESSAGE_CAPACITY))
    let compiled = bytes.withUnsafeBytes {
      onp_compile($0.bindMemory(to: UInt8.self).baseAddress, Int64($0.count), &message)
    }
    let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return (compiled, String(decoding: text, as: UTF8.self))
  }

  /// The matches in `text[range]`, some possibly empty, left to right; nothing outside of `range` is seen.
  ///
  /// - Throws: `TokenizerError.tooCostly` where the budget does not suffice.
  func matches(
    in text: [UInt8], _ range: Range<Int>, _ budget: inout EncodingBudget
  ) throws(TokenizerError) -> [Range<Int>] {
    if range.isEmpty { return [] }
    if !namesNewScalars, text[range].contains(where: { $0 >= 0xE0 }),
      Self.newScalars.occur(in: text[range])
    {
      return try search(Self.newScalars.replaced(in: text[range])[...], range.lowerBound, &budget)
    }
    return try search(text[range], range.lowerBound, &budget)
  }

  private func search(
    _ text: ArraySlice<UInt8>, _ base: Int, _ budget: inout EncodingBudget
  ) throws(TokenizerError) -> [Range<Int>] {
    var found: UnsafeMutablePointer<Int64>?
    var nanoseconds = budget.nanoseconds
    let count = text.withUnsafeBytes {
      onp_matches(
        compiled, $0.bindMemory(to: UInt8.self).baseAddress, Int64($0.count), &nanoseconds, &found)
    }
    budget.nanoseconds = nanoseconds
    guard count >= 0 else {
      let costs = count == ONP_TOO_COSTLY
      throw .tooCostly(
        file: file, field: field,
        reason: "the regular expression '\(source.shown())' "
          + (costs ? "takes too many steps" : "fails") + " on a text of \(text.count) bytes")
    }
    defer { onp_free_matches(found) }
    return UnsafeBufferPointer(start: found, count: 2 * Int(count)).ranges(from: base)
  }
}

extension Expression {
  /// Whether the system's Oniguruma takes symbols for punctuation in `[[:punct:]]`, as that of Hugging Face's library.
  private static let knowsSymbols = Expression.finds("[[:punct:]]", in: "$")

  private static let newScalars = NewScalars { text in
    var budget = EncodingBudget(text: text.count, file: "")
    let unassigned = try? Expression(#"\p{Cn}+"#, file: "", field: "")
    return (try? unassigned?.search(text[...], 0, &budget)) ?? []
  }

  private static func finds(_ source: String, in text: String) -> Bool {
    guard let compiled = compile(Array(source.utf8)).0 else { return false }
    defer { onp_free(compiled) }
    var found: UnsafeMutablePointer<Int64>?
    var nanoseconds: Int64 = 1_000_000_000
    let bytes = Array(text.utf8)
    defer { onp_free_matches(found) }
    return onp_matches(compiled, bytes, Int64(bytes.count), &nanoseconds, &found) > 0
  }

  /// `source` with `[:punct:]`, where it stands in brackets, as the categories that it means in newer versions.
  static func spellingPunctuation(_ source: String) -> [UInt8] {
    let bytes = Array(source.utf8)
    var result: [UInt8] = []
    var depth = 0
    var position = 0
    /// Behind the bracket that opens a set, where a closing one is text.
    var start = -1
    while position < bytes.count {
      let rest = bytes[position...]
      switch bytes[position] {
      case UInt8(ascii: "\\"):
        result += rest.prefix(2)
        position += 2
        continue
      case UInt8(ascii: "[") where depth > 0 && rest.starts(with: "[:punct:]".utf8):
        result += Array(#"[\p{P}\p{S}]"#.utf8)
        position += 9
        continue
      case UInt8(ascii: "[") where depth > 0 && rest.starts(with: "[:^punct:]".utf8):
        result += Array(#"[^\p{P}\p{S}]"#.utf8)
        position += 10
        continue
      case UInt8(ascii: "["):
        depth += 1
        start = position + (rest.starts(with: "[^".utf8) ? 2 : 1)
      case UInt8(ascii: "]") where depth > 0 && position != start: depth -= 1
      default: break
      }
      result.append(bytes[position])
      position += 1
    }
    return result
  }
}

extension UnsafeBufferPointer<Int64> {
  /// Pairs of start and end, as ranges behind `base`.
  fileprivate func ranges(from base: Int) -> [Range<Int>] {
    (0..<count / 2).map { base + Int(self[2 * $0])..<base + Int(self[2 * $0 + 1]) }
  }
}
