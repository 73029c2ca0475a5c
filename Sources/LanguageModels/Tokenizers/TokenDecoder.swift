/// Turns the tokens' bytes back into text, step by step.
indirect enum TokenDecoder: Sendable {
  case sequence([TokenDecoder])
  case byteLevel
  case byteFallback
  case fuse
  case replace(TextPattern, with: [UInt8])
  /// Removes up to `left` leading and `right` trailing `content` from each token.
  case strip(content: [UInt8], left: Int, right: Int)
  case metaspace(Metaspace)

  /// - Throws: `TokenizerError.tooCostly` where the budget does not suffice.
  func apply(
    to tokens: [[UInt8]], _ budget: inout EncodingBudget
  ) throws(TokenizerError) -> [[UInt8]] {
    switch self {
    case .sequence(let steps):
      var result = tokens
      for step in steps { result = try step.apply(to: result, &budget) }
      return result
    case .byteLevel:
      let bytes = tokens.flatMap { ByteAlphabet.bytes(of: $0) ?? $0 }
      return [Array(String(decoding: bytes, as: UTF8.self).utf8)]
    case .byteFallback:
      return ByteFallback.joined(tokens)
    case .fuse:
      return [Array(tokens.joined())]
    case .replace(let pattern, let replacement):
      return try tokens.map { token throws(TokenizerError) in
        let matches = try pattern.matches(in: token, token.indices, &budget)
        try budget.spend(matches.count * replacement.count)
        return token.replacing(matches, with: replacement)
      }
    case .strip(let content, let left, let right):
      return tokens.map { Self.stripped($0, of: content, left: left, right: right) }
    case .metaspace(let metaspace):
      return tokens.enumerated().map { index, token in
        let isPrefix = index == 0 && metaspace.prepending != .never
        return token.replacing(metaspace.replacement, with: isPrefix ? [] : [UInt8(ascii: " ")])
      }
    }
  }

  private static func stripped(
    _ token: [UInt8], of content: [UInt8], left: Int, right: Int
  ) -> [UInt8] {
    var rest = token[...]
    if content.isEmpty { return token }
    for _ in 0..<left where rest.starts(with: content) { rest.removeFirst(content.count) }
    for _ in 0..<right where rest.suffix(content.count).elementsEqual(content) {
      rest.removeLast(content.count)
    }
    return Array(rest)
  }
}
