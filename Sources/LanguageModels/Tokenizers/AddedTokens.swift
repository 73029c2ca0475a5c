/// Tokens that are found in text before anything else.
struct AddedTokens: Sendable {
  struct Token: Sendable {
    var id: Int32
    var content: String
    var isSpecial = true
    var stripsLeft = false
    var stripsRight = false
    var isSingleWord = false
  }

  enum Piece {
    case text(String)
    case token(Int32)
  }

  let tokens: [Token]
  /// Tokens by the first byte of their content, longest first.
  private let byFirstByte: [[(content: [UInt8], token: Token)]]

  init(_ tokens: [Token]) {
    self.tokens = tokens
    var table = [[(content: [UInt8], token: Token)]](repeating: [], count: 256)
    for token in tokens {
      let content = Array(token.content.utf8)
      guard let first = content.first else { continue }
      table[Int(first)].append((content, token))
    }
    byFirstByte = table.map { $0.sorted { $0.content.count > $1.content.count } }
  }

  /// The text's stretches and the added tokens between them, leftmost and longest first.
  func split(_ text: String) -> [Piece] {
    let bytes = Array(text.utf8)
    var pieces: [Piece] = []
    var start = 0
    var at = 0
    while at < bytes.count {
      guard let found = match(bytes, at) else {
        at += 1
        continue
      }
      var end = at + found.content.count
      var left = at
      if found.token.stripsLeft {
        while left > start, Self.isSpace(bytes[left - 1]) { left -= 1 }
      }
      if found.token.stripsRight { while end < bytes.count, Self.isSpace(bytes[end]) { end += 1 } }
      if left > start { pieces.append(.text(String(decoding: bytes[start..<left], as: UTF8.self))) }
      pieces.append(.token(found.token.id))
      (start, at) = (end, end)
    }
    if start < bytes.count {
      pieces.append(.text(String(decoding: bytes[start...], as: UTF8.self)))
    }
    return pieces
  }

  private func match(_ bytes: [UInt8], _ at: Int) -> (content: [UInt8], token: Token)? {
    byFirstByte[Int(bytes[at])].first { candidate in
      guard bytes[at...].starts(with: candidate.content) else { return false }
      guard candidate.token.isSingleWord else { return true }
      let end = at + candidate.content.count
      return (at == 0 || !Self.isWord(bytes[at - 1]))
        && (end == bytes.count || !Self.isWord(bytes[end]))
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == 95 || (48...57).contains(byte) || (65...90).contains(byte & 0xDF)
  }
}
