import Foundation

/// Unicode's normalization forms, in time that grows with the text.
///
/// Foundation's sorting of combining marks takes the square of their number, which matters for a hundred and more
/// behind one letter. Such text is decomposed and sorted here first; composing what is sorted is fast.
/// UAX 15, https://www.unicode.org/reports/tr15/
enum NormalizationForm {
  case canonicalComposition
  case canonicalDecomposition
  case compatibilityComposition
  case compatibilityDecomposition

  /// Marks in a row up to which Foundation is fast.
  private static let shortRun = 64

  func apply(to text: [UInt8]) -> [UInt8] {
    if text.allSatisfy({ $0 < 0x80 }) { return text }
    let string = String(decoding: text, as: UTF8.self)
    guard text.contains(where: { $0 >= 0xE0 }), string.unicodeScalars.contains(where: Self.isNew)
    else { return normalized(string) }
    var result: [UInt8] = []
    var known = String.UnicodeScalarView()
    for scalar in string.unicodeScalars {
      if Self.isNew(scalar) {
        result += normalized(String(known)) + Array(String(scalar).utf8)
        known = .init()
      } else {
        known.append(scalar)
      }
    }
    return result + normalized(String(known))
  }

  /// Whether Hugging Face's library, whose tables are of Unicode 9, leaves `scalar` as it is and orders nothing across
  /// it.
  private static func isNew(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // Blocks without newer characters that would be changed or moved.
    case 0..<0x880, 0x2000..<0x32FF, 0x3300..<0xA000, 0xAC00..<0x10000: return false
    default:
      guard let age = scalar.properties.age else { return false }
      return (age.major, age.minor) > (9, 0)
    }
  }

  private func normalized(_ string: String) -> [UInt8] {
    guard Self.hasLongRun(string) else { return Array(mapped(string).utf8) }
    let sorted = decomposed(string)
    switch self {
    case .canonicalDecomposition, .compatibilityDecomposition: return Array(sorted.utf8)
    case .canonicalComposition, .compatibilityComposition:
      return Array(sorted.precomposedStringWithCanonicalMapping.utf8)
    }
  }

  private func mapped(_ string: String) -> String {
    switch self {
    case .canonicalComposition: string.precomposedStringWithCanonicalMapping
    case .canonicalDecomposition: string.decomposedStringWithCanonicalMapping
    case .compatibilityComposition: string.precomposedStringWithCompatibilityMapping
    case .compatibilityDecomposition: string.decomposedStringWithCompatibilityMapping
    }
  }

  /// Whether many scalars in a row are marks, or decompose into marks.
  private static func hasLongRun(_ string: String) -> Bool {
    var run = 0
    for scalar in string.unicodeScalars {
      run = isMark(scalar) ? run + 1 : 0
      if run > shortRun { return true }
    }
    return false
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x300: false
    // Tibetan vowel signs and halfwidth voiced marks are starters that decompose into marks.
    case 0xF73, 0xF75, 0xF81, 0xFF9E, 0xFF9F: true
    default: scalar.properties.canonicalCombiningClass != .notReordered
    }
  }

  /// Scalar by scalar, then each run of marks in the order of their classes.
  private func decomposed(_ string: String) -> String {
    let isCompatible = self == .compatibilityComposition || self == .compatibilityDecomposition
    var known: [Unicode.Scalar: [Unicode.Scalar]] = [:]
    var result: [Unicode.Scalar] = []
    for scalar in string.unicodeScalars {
      if let parts = known[scalar] {
        result += parts
        continue
      }
      let single = String(scalar)
      let parts = Array(
        (isCompatible
          ? single.decomposedStringWithCompatibilityMapping
          : single.decomposedStringWithCanonicalMapping).unicodeScalars)
      known[scalar] = parts
      result += parts
    }
    Self.sortMarks(&result)
    var text = String.UnicodeScalarView()
    text.append(contentsOf: result)
    return String(text)
  }

  private static func sortMarks(_ scalars: inout [Unicode.Scalar]) {
    func markClass(_ scalar: Unicode.Scalar) -> UInt8 {
      scalar.properties.canonicalCombiningClass.rawValue
    }
    var start = 0
    while start < scalars.count {
      var end = start
      while end < scalars.count, markClass(scalars[end]) > 0 { end += 1 }
      if end - start > 1 {
        // Swift's sort keeps the order of equals, but does not promise to.
        let keyed = scalars[start..<end].enumerated().map { (markClass($1), $0, $1) }
        scalars.replaceSubrange(
          start..<end, with: keyed.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2))
      }
      start = max(end, start + 1)
    }
  }
}
