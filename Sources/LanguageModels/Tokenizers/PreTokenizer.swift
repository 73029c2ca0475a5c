import Foundation

/// Cuts text into words that are encoded separately.
indirect enum PreTokenizer: Sendable {
  /// GPT-2's bytes as characters, after GPT-2's pattern unless it is switched off.
  case byteLevel(addsPrefixSpace: Bool, usesPattern: Bool)
  case digits(individual: Bool)
  case split(PatternSplit)
  case metaspace(PatternMetaspace)
  case sequence([PreTokenizer])

  /// - Parameter isFirst: whether the text starts the input (and not after an added token).
  func split(_ words: [String], isFirst: Bool) -> [String] {
    switch self {
    case .byteLevel(let addsPrefixSpace, let usesPattern):
      words.flatMap { word in
        let spaced = addsPrefixSpace && !word.utf8.starts(with: [32]) ? " " + word : word
        let parts = usesPattern ? GPT2Pattern.split(spaced) : [spaced]
        return parts.map(ByteAlphabet.encode)
      }
    case .digits(let individual): words.flatMap { Self.digits($0, individual: individual) }
    case .split(let pattern): words.flatMap(pattern.split)
    case .metaspace(let metaspace):
      words.enumerated().flatMap { metaspace.split($0.element, isFirst: isFirst && $0.offset == 0) }
    case .sequence(let steps):
      steps.reduce(words) { $1.split($0, isFirst: isFirst) }
    }
  }

  private static func digits(_ word: String, individual: Bool) -> [String] {
    var parts: [String.UnicodeScalarView] = []
    var lastWasDigit: Bool?
    for scalar in word.unicodeScalars {
      let isDigit = GPT2Pattern.isNumber(scalar)
      if isDigit == lastWasDigit, !(isDigit && individual) {
        parts[parts.count - 1].append(scalar)
      } else {
        parts.append(String.UnicodeScalarView([scalar]))
      }
      lastWasDigit = isDigit
    }
    return parts.map { String($0) }
  }
}

/// Splits where a pattern matches (`Split` of a tokenizer.json).
struct PatternSplit: Sendable {
  enum Behavior: String, Sendable {
    case isolated = "Isolated"
    case removed = "Removed"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  let pattern: NSRegularExpression
  let behavior: Behavior
  let inverted: Bool

  func split(_ word: String) -> [String] {
    let text = word as NSString
    var pieces: [(range: NSRange, isMatch: Bool)] = []
    var end = 0
    for match in pattern.matches(in: word, range: NSRange(location: 0, length: text.length))
    where match.range.length > 0 {
      if match.range.location > end {
        pieces.append((NSRange(location: end, length: match.range.location - end), inverted))
      }
      pieces.append((match.range, !inverted))
      end = match.range.location + match.range.length
    }
    if end < text.length {
      pieces.append((NSRange(location: end, length: text.length - end), inverted))
    }
    return merged(pieces).map { text.substring(with: $0) }
  }

  private func merged(_ pieces: [(range: NSRange, isMatch: Bool)]) -> [NSRange] {
    var result: [NSRange] = []
    var wasMatch: Bool?
    for (range, isMatch) in pieces {
      let joins =
        switch behavior {
        case .isolated, .removed: false
        case .mergedWithPrevious: isMatch && wasMatch == false
        case .mergedWithNext: !isMatch && wasMatch == true
        case .contiguous: isMatch == wasMatch
        }
      if joins, let last = result.popLast() {
        result.append(NSUnionRange(last, range))
      } else if !(behavior == .removed && isMatch) {
        result.append(range)
      }
      wasMatch = isMatch
    }
    return result
  }
}

/// SentencePiece's "▁" for spaces, as a pre-tokenizer.
struct PatternMetaspace: Sendable {
  enum Scheme: String, Sendable { case always, first, never }
  let replacement: String
  let scheme: Scheme
  let splits: Bool

  func split(_ word: String, isFirst: Bool) -> [String] {
    var text = word.replacingOccurrences(of: " ", with: replacement, options: .literal)
    let prepends = scheme == .always || scheme == .first && isFirst
    if prepends, !text.unicodeScalars.starts(with: replacement.unicodeScalars) {
      text = replacement + text
    }
    guard splits else { return [text] }
    var parts: [String.UnicodeScalarView] = []
    let mark = replacement.unicodeScalars.first
    for scalar in text.unicodeScalars {
      if scalar == mark || parts.isEmpty { parts.append(String.UnicodeScalarView()) }
      parts[parts.count - 1].append(scalar)
    }
    return parts.map { String($0) }
  }
}

/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, scanned by hand: many times faster
/// than a regular expression, and linear.
enum GPT2Pattern {
  private enum Kind { case letter, number, space, other }

  static func isNumber(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 128 { return scalar.value >= 48 && scalar.value <= 57 }
    switch scalar.properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: return true
    default: return false
    }
  }

  private static func kind(_ scalar: Unicode.Scalar) -> Kind {
    if scalar.properties.isWhitespace { return .space }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return .other
    }
  }

  static func split(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    let kinds = scalars.map(kind)
    var parts: [String] = []
    var start = 0
    while start < scalars.count {
      let end = self.end(of: start, scalars, kinds)
      var part = String.UnicodeScalarView()
      part.append(contentsOf: scalars[start..<end])
      parts.append(String(part))
      start = end
    }
    return parts
  }

  private static let contractions: [[Unicode.Scalar]] = ["s", "t", "re", "ve", "m", "ll", "d"]
    .map { Array($0.unicodeScalars) }

  private static func end(
    of start: Int, _ scalars: [Unicode.Scalar], _ kinds: [Kind]
  ) -> Int {
    if scalars[start] == "'" {
      for letters in contractions where scalars[(start + 1)...].starts(with: letters) {
        return start + 1 + letters.count
      }
    }
    var first = start
    if scalars[start] == " ", start + 1 < scalars.count, kinds[start + 1] != .space { first += 1 }
    var end = first
    while end < scalars.count, kinds[end] == kinds[first] { end += 1 }
    guard kinds[first] == .space else { return end }
    // A run of spaces leaves its last one to the word that follows.
    return end == scalars.count || end - start == 1 ? end : end - 1
  }
}

/// GPT-2's one-to-one map of bytes to printable characters.
enum ByteAlphabet {
  /// Character of each byte.
  static let characters: [Unicode.Scalar] = {
    let printable = Set<UInt32>(33...126).union(161...172).union(174...255)
    var extra: UInt32 = 256
    return (0..<256 as Range<UInt32>).map { byte in
      let value = printable.contains(byte) ? byte : extra
      if !printable.contains(byte) { extra += 1 }
      return Unicode.Scalar(value) ?? " "
    }
  }()

  private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
    uniqueKeysWithValues: characters.enumerated().map { ($0.element, UInt8($0.offset)) })

  static func encode(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for byte in text.utf8 { out.append(characters[Int(byte)]) }
    return String(out)
  }

  /// Bytes of a token; characters outside the alphabet stand for themselves.
  static func decode(_ token: String) -> [UInt8] {
    token.unicodeScalars.flatMap { scalar in
      bytes[scalar].map { [$0] } ?? Array(String(scalar).utf8)
    }
  }
}
