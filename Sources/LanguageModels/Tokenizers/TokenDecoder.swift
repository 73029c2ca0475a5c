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

  func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .sequence(let steps):
      return steps.reduce(tokens) { $1.apply(to: $0) }
    case .byteLevel:
      let bytes = tokens.flatMap { ByteAlphabet.bytes(of: $0) ?? $0 }
      return [Array(String(decoding: bytes, as: UTF8.self).utf8)]
    case .byteFallback:
      return ByteFallback.joined(tokens)
    case .fuse:
      return [Array(tokens.joined())]
    case .replace(let pattern, let replacement):
      return tokens.map { $0.replacing(pattern.matches(in: $0, $0.indices), with: replacement) }
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
