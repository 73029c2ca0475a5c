import CSentencePiece
import Formats
import Tensors

/// SentencePiece with special tokens found in text, as the Llama and Mistral tokenizers of
/// transformers do it.
package struct SentencePieceTokenizer: Tokenizer {
  package let vocabularySize: Int
  package let beginID: Int?
  package let endID: Int?
  package let affixes: Affixes
  package let maximumLength: Int?
  package let truncatesLeft: Bool
  package let notes: [String]
  /// Encodes the start of a text.
  private let model: SentencePieceModel
  /// Encodes what follows a special token.
  private let laterModel: SentencePieceModel
  private let addedTokens: [Int: AddedToken]
  private let finder: AddedTokenFinder
  private let decoder: TokenDecoder
  /// For errors.
  private let file: String

  /// Owns the library's object.
  final class Handle: @unchecked Sendable {
    // Unchecked: the object never changes after loading, and encodes from many threads at once.
    let model: OpaquePointer

    init(_ model: OpaquePointer) { self.model = model }
    deinit { ssp_free(model) }
  }

  /// How a model's texts begin and end.
  struct Settings {
    var beginID: Int?
    var endID: Int?
    var addsBegin = true
    var addsEnd = false
    /// Whether a space goes before texts; nil leaves that to the model.
    var addsPrefixSpace: Bool?
    /// Whether the space also goes before text that follows a special token.
    var isLegacy = true
    /// Whether special tokens in text are text like any other.
    var splitsSpecial = false
    var maximumLength: Int?
    var truncatesLeft = false
    var notes: [String] = []
  }

  /// - Parameters:
  ///   - proto: a serialised ModelProto.
  ///   - path: where it comes from, for errors.
  init(
    proto: [UInt8], path: String, settings: (SentencePieceModel) -> Settings,
    addedTokens: (SentencePieceModel, Settings) throws(TokenizerError) -> [AddedToken]
  ) throws(TokenizerError) {
    let plain = try SentencePieceModel(proto, path: path)
    let settings = settings(plain)
    let model =
      switch settings.addsPrefixSpace {
      case nil: plain
      case let adds?:
        try SentencePieceModel(SentencePieceProto.setting(proto, prefix: adds), path: path)
      }
    self.model = model
    laterModel =
      settings.isLegacy
      ? model : try SentencePieceModel(SentencePieceProto.setting(proto, prefix: false), path: path)
    (beginID, endID) = (settings.beginID, settings.endID)
    affixes = Affixes(
      prefix: settings.addsBegin ? [settings.beginID].compactMap(\.self) : [],
      suffix: settings.addsEnd ? [settings.endID].compactMap(\.self) : [])
    (maximumLength, truncatesLeft) = (settings.maximumLength, settings.truncatesLeft)
    notes = settings.notes
    file = path
    let added = try addedTokens(plain, settings)
    self.addedTokens = Dictionary(added.map { ($0.id, $0) }) { $1 }
    finder = AddedTokenFinder(added, splitsSpecial: settings.splitsSpecial)
    vocabularySize = max(plain.count, (added.map(\.id).max() ?? -1) + 1)
    let mark = Array("\u{2581}".utf8)
    let steps: [TokenDecoder] = [
      .replace(.literal(mark), with: [UInt8(ascii: " ")]), .byteFallback, .fuse,
    ]
    let strip = TokenDecoder.strip(content: [UInt8(ascii: " ")], left: 1, right: 0)
    decoder = .sequence(settings.addsPrefixSpace == false ? steps : steps + [strip])
  }

  package func encode(_ text: String, addSpecial: Bool) throws(TokenizerError) -> [Int] {
    var ids = addSpecial ? affixes.prefix : []
    let bytes = Array(text.utf8)
    for segment in finder.segments(of: bytes) {
      switch segment {
      case .token(let id): ids.append(id)
      case .text(let range):
        ids += try (range.lowerBound == 0 ? model : laterModel).encode(Array(bytes[range]))
      }
    }
    return addSpecial ? ids + affixes.suffix : ids
  }

  package func decode(_ ids: [Int], skipSpecial: Bool) throws(TokenizerError) -> String {
    let tokens: [[UInt8]] = ids.compactMap { id in
      if let added = addedTokens[id] {
        return skipSpecial && added.isSpecial ? nil : added.content
      }
      return skipSpecial && model.isSpecial(id) ? nil : model.piece(id)
    }
    var budget = EncodingBudget(text: tokens.reduce(0) { $0 + $1.count }, file: file)
    return String(decoding: try decoder.apply(to: tokens, &budget).joined(), as: UTF8.self)
  }
}

extension SentencePieceTokenizer {
  /// Reads tokenizer.model.
  ///
  /// Where a configuration leaves it open, the begin token goes before texts, the end token does not go
  /// after them, and text is Llama's "legacy" kind. A bare tokenizer.model, with no configuration beside
  /// it, finds no special tokens in text, as Google's library.
  /// - Throws: `TokenizerError` or `FileError`.
  init(modelFile path: String, configuration: TokenizerConfiguration) throws {
    let file = try MappedFile(path: path)
    let proto = try file.reading { Array($0) }
    func id(_ token: String?, _ model: SentencePieceModel) -> Int? {
      guard let bytes = token.map({ Array($0.utf8) }) else { return nil }
      return model.id(of: bytes) ?? configuration.addedTokens.first { $0.content == bytes }?.id
    }
    try self.init(proto: proto, path: path) { model in
      Settings(
        beginID: id(configuration.beginToken, model) ?? model.beginID,
        endID: id(configuration.endToken, model) ?? model.endID,
        addsBegin: configuration.addsBegin ?? true, addsEnd: configuration.addsEnd ?? false,
        addsPrefixSpace: configuration.addsPrefixSpace, isLegacy: configuration.isLegacy ?? true,
        splitsSpecial: configuration.splitsSpecial, maximumLength: configuration.maximumLength,
        truncatesLeft: configuration.truncatesLeft, notes: Self.notes(configuration, path))
    } addedTokens: { model, settings throws(TokenizerError) in
      if configuration.isEmpty { return [] }
      let specials = [settings.beginID, settings.endID, model.unknownID].compactMap { id in
        id.flatMap { id in
          model.piece(id).map { AddedToken(id: id, content: $0, isSpecial: true) }
        }
      }
      let added = try Self.addedTokens(configuration, model, path)
      let listed = Set(added.map(\.id))
      return specials.filter { !listed.contains($0.id) } + added
    }
  }

  /// What is taken for granted, and is not by every version of transformers.
  private static func notes(_ configuration: TokenizerConfiguration, _ path: String) -> [String] {
    // Without any configuration no special token is found that 'legacy' could be about.
    let isLegacyOpen = configuration.isLegacy == nil && !configuration.isEmpty
    let open =
      (isLegacyOpen ? ["legacy"] : []) + (configuration.addsBegin == nil ? ["add_bos_token"] : [])
    guard !open.isEmpty else { return [] }
    return [
      "\(path.shown()): there is no tokenizer.json, and no tokenizer_config.json that says "
        + "\(open.joined(separator: " or ")): true is taken, as by transformers 4; transformers 5 takes false"
    ]
  }

  /// The tokens that the configuration lists and names; those without an id get the next ones.
  private static func addedTokens(
    _ configuration: TokenizerConfiguration, _ model: SentencePieceModel, _ path: String
  ) throws(TokenizerError) -> [AddedToken] {
    var added = configuration.addedTokens
    var contents: [Int: [UInt8]] = [:]
    for token in added {
      if let other = model.piece(token.id) ?? contents[token.id], other != token.content {
        throw .invalid(
          file: path, field: "added_tokens_decoder.\(token.id)",
          reason:
            "the configuration names '\(String(decoding: token.content, as: UTF8.self).shown())',"
            + " the vocabulary '\(String(decoding: other, as: UTF8.self).shown())'")
      }
      contents[token.id] = token.content
    }
    var known = Set(added.map(\.content))
    var next = max(model.count, (added.map(\.id).max() ?? -1) + 1)
    let named = TokenizerConfiguration.Role.allCases.compactMap { configuration.roles[$0] }
    for token in named + configuration.extraTokens where !token.content.isEmpty {
      guard known.insert(token.content).inserted else { continue }
      var token = token
      token.id = model.id(of: token.content) ?? next
      if token.id == next { next += 1 }
      added.append(token)
    }
    return added
  }

  /// The vocabulary of a GGUF file whose model is `llama`.
  ///
  /// - Parameter path: the file's, for errors.
  init(gguf metadata: GGUFTokenizerMetadata, path: String) throws(TokenizerError) {
    try self.init(proto: SentencePieceProto.model(metadata), path: path) { model in
      Settings(
        beginID: metadata.beginID, endID: metadata.endID, addsBegin: metadata.addsBegin ?? true,
        addsEnd: metadata.addsEnd ?? false, addsPrefixSpace: metadata.addsSpacePrefix ?? true)
    } addedTokens: { _, _ in
      metadata.addedTokens
    }
  }
}
