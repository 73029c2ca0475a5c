import Foundation

/// Changes text before it is cut into words.
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

  func apply(to text: [UInt8]) -> [UInt8] {
    switch self {
    case .sequence(let steps):
      return steps.reduce(text) { $1.apply(to: $0) }
    case .canonicalComposition:
      // Below U+0300, whose lead byte is 0xCC, all text is composed.
      if text.allSatisfy({ $0 < 0xCC }) { return text }
      return Array(String(decoding: text, as: UTF8.self).precomposedStringWithCanonicalMapping.utf8)
    case .canonicalDecomposition:
      return Self.mapUnlessASCII(text) { $0.decomposedStringWithCanonicalMapping }
    case .compatibilityComposition:
      return Self.mapUnlessASCII(text) { $0.precomposedStringWithCompatibilityMapping }
    case .compatibilityDecomposition:
      return Self.mapUnlessASCII(text) { $0.decomposedStringWithCompatibilityMapping }
    case .lowercase:
      // Scalar by scalar, as in Hugging Face's library: no special case for a final sigma.
      let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
      return Array(scalars.map { $0.properties.lowercaseMapping }.joined().utf8)
    case .replace(let pattern, let replacement):
      return text.replacing(pattern.matches(in: text, text.indices), with: replacement)
    case .prepend(let prefix):
      return text.isEmpty ? text : prefix + text
    case .strip(let left, let right):
      var scalars = Substring(String(decoding: text, as: UTF8.self)).unicodeScalars
      while left, scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
      while right, scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
      return Array(String(scalars).utf8)
    }
  }

  private static func mapUnlessASCII(_ text: [UInt8], _ map: (String) -> String) -> [UInt8] {
    if text.allSatisfy({ $0 < 0x80 }) { return text }
    return Array(map(String(decoding: text, as: UTF8.self)).utf8)
  }
}
