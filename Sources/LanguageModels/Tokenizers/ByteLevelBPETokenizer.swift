import Foundation

/// Byte-pair encoding as the Hugging Face `tokenizers` library runs it: added tokens, normalizer, pre-tokenizer,
/// merges, template of special tokens.
///
/// Radford et al. 2019 (GPT-2); Llama 3, Qwen2 and RoBERTa differ in the pre-tokenizer and the template.
package struct ByteLevelBPETokenizer: Tokenizer {
  var encoding: BytePairEncoding
  var added: AddedTokens
  var normalizers: [Normalizer]
  var preTokenizer: PreTokenizer?
  /// Special tokens that `addSpecial` puts before and after a text.
  var prefix: [Int32]
  var suffix: [Int32]
  /// Text of each id as bytes, ready to be joined.
  var pieces: [Int32: [UInt8]]
  var specialIDs: Set<Int32>
  /// Whether decoding drops the space that the first word began with.
  var stripsFirstSpace: Bool
  package var vocabularySize: Int
  package var beginID: Int?
  package var endID: Int?

  package var addsBegin: Bool { beginID != nil && prefix.first.map { Int($0) } == beginID }

  package func encode(_ text: String, addSpecial: Bool) -> [Int] {
    var ids: [Int32] = addSpecial ? prefix : []
    var isFirst = true
    for piece in added.split(text) {
      switch piece {
      case .token(let id): ids.append(id)
      case .text(let text): ids += words(text, isFirst: isFirst)
      }
      isFirst = false
    }
    if addSpecial { ids += suffix }
    return ids.map { Int($0) }
  }

  private func words(_ text: String, isFirst: Bool) -> [Int32] {
    let normal = normalizers.reduce(text) { $1.apply(to: $0) }
    guard !normal.isEmpty else { return [] }
    let words = preTokenizer?.split([normal], isFirst: isFirst) ?? [normal]
    return words.flatMap { $0.isEmpty ? [] : encoding.encode(Array($0.utf8)) }
  }

  package func decode(_ ids: [Int], skipSpecial: Bool) -> String {
    var bytes: [UInt8] = []
    for id in ids {
      guard let id = Int32(exactly: id), let piece = pieces[id] else { continue }
      if skipSpecial, specialIDs.contains(id) { continue }
      bytes += piece
    }
    if stripsFirstSpace, bytes.first == 32 { bytes.removeFirst() }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// One step of a tokenizer.json's normalizer.
enum Normalizer: Sendable {
  case nfc, nfd, nfkc, nfkd, lowercase
  case prepend(String)
  case replace(String, with: String)
  case strip(left: Bool, right: Bool)

  func apply(to text: String) -> String {
    switch self {
    case .nfc: text.precomposedStringWithCanonicalMapping
    case .nfd: text.decomposedStringWithCanonicalMapping
    case .nfkc: text.precomposedStringWithCompatibilityMapping
    case .nfkd: text.decomposedStringWithCompatibilityMapping
    case .lowercase: text.lowercased()
    case .prepend(let prefix): text.isEmpty ? text : prefix + text
    case .replace(let old, let new):
      text.replacingOccurrences(of: old, with: new, options: .literal)
    case .strip(let left, let right): Self.strip(text, left, right)
    }
  }

  private static func strip(_ text: String, _ left: Bool, _ right: Bool) -> String {
    var scalars = text.unicodeScalars[...]
    if left { scalars = scalars.drop { $0.properties.isWhitespace } }
    while right, let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return String(String.UnicodeScalarView(scalars))
  }
}
