import Foundation

/// Normalises text before it is split into words.
indirect enum TextNormalizer: Sendable {
  case sequence([TextNormalizer])
  case canonicalComposition
  case canonicalDecomposition
  case compatibilityComposition
  case compatibilityDecomposition
  case lowercase
  case replace(TextPattern, with: [UInt8])
  case prepend([UInt8])
  case strip(left: Bool, right: Bool)

  /// Whether what text starts with may come from behind its start, or from before it.
  ///
  /// Where a space goes before the start only, Hugging Face's library then decides by where the characters came from,
  /// which is not followed here.
  var movesStart: Bool {
    switch self {
    case .sequence(let steps): steps.contains(where: \.movesStart)
    case .replace(.literal(let old), let new): old.scalarLength(at: 0) < old.count || new.isEmpty
    case .replace, .prepend: true
    case .strip(let left, _): left
    default: false
    }
  }

  /// - Throws: `TokenizerError.tooCostly` where the budget does not suffice.
  func apply(
    to text: [UInt8], _ budget: inout EncodingBudget
  ) throws(TokenizerError) -> [UInt8] {
    if case .sequence(let steps) = self {
      var result = text
      for step in steps { result = try step.apply(to: result, &budget) }
      return result
    }
    let result = try changed(text, &budget)
    try budget.spend(result.count)
    return result
  }

  private func changed(
    _ text: [UInt8], _ budget: inout EncodingBudget
  ) throws(TokenizerError) -> [UInt8] {
    switch self {
    case .sequence: return try apply(to: text, &budget)
    case .canonicalComposition:
      // Below U+0300, whose lead byte is 0xCC, all text is composed.
      if text.allSatisfy({ $0 < 0xCC }) { return text }
      return NormalizationForm.canonicalComposition.apply(to: text)
    case .canonicalDecomposition:
      return NormalizationForm.canonicalDecomposition.apply(to: text)
    case .compatibilityComposition:
      return NormalizationForm.compatibilityComposition.apply(to: text)
    case .compatibilityDecomposition:
      return NormalizationForm.compatibilityDecomposition.apply(to: text)
    case .lowercase:
      if text.allSatisfy({ $0 < 0x80 }) {
        return text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
      }
      // Scalar by scalar, as in Hugging Face's library: no special case for a final sigma.
      let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
      return Array(scalars.map { $0.properties.lowercaseMapping }.joined().utf8)
    case .replace(let pattern, let replacement):
      let matches = try pattern.matches(in: text, text.indices, &budget)
      let (added, overflows) = matches.count.multipliedReportingOverflow(by: replacement.count)
      try budget.spend(overflows ? .max : added)
      return text.replacing(matches, with: replacement)
    case .prepend(let prefix):
      return text.isEmpty ? text : prefix + text
    case .strip(let left, let right):
      return Self.stripped(text, left: left, right: right)
    }
  }

  private static func stripped(_ text: [UInt8], left: Bool, right: Bool) -> [UInt8] {
    var range = text.indices
    while left, !range.isEmpty {
      let (scalar, end) = text.scalar(at: range.lowerBound)
      guard scalar.properties.isWhitespace else { break }
      range = end..<range.upperBound
    }
    while right, !range.isEmpty {
      let (scalar, start) = text.scalar(before: range.upperBound)
      guard scalar.properties.isWhitespace else { break }
      range = range.lowerBound..<start
    }
    return Array(text[range])
  }
}
