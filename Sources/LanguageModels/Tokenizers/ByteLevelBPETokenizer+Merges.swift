import Tensors

extension ByteLevelBPETokenizer {
  /// Reads GPT-2's and RoBERTa's pair of files, vocab.json and merges.txt.
  ///
  /// Text is cut with GPT-2's pattern; special tokens are those that the configuration names. RoBERTa's go
  /// around texts.
  /// - Throws: `ModelError`, `FileError` or `TokenizerError`.
  init(
    vocabularyFile: String, mergesFile: String, configuration: TokenizerConfiguration
  ) throws {
    var configuration = configuration
    if configuration.isRoberta { configuration.completeAsRoberta() }
    let tokens = try TokenTable(
      JSONFields(file: vocabularyFile, object: try JSONFile.object(path: vocabularyFile)))
    let merges = try Self.merges(mergesFile)
    func id(_ token: String?) -> Int? { token.flatMap { tokens.id(of: $0) } }
    let (begin, end) = (id(configuration.beginToken), id(configuration.endToken))
    let added = Self.addedTokens(configuration, tokens)
    var steps = Steps(
      preTokenizer: .byteLevel(
        addsPrefixSpace: configuration.addsPrefixSpace ?? false, usesPattern: true),
      decoder: .byteLevel)
    if configuration.isRoberta {
      guard let first = id(configuration.classToken), let last = id(configuration.separatorToken)
      else { throw TokenizerError.missing(file: vocabularyFile, field: "<s> or </s>") }
      steps.affixes = Affixes(prefix: [first], suffix: [last])
    } else {
      steps.affixes.override(configuration, beginID: begin, endID: end)
    }
    self.init(
      encoder: BytePairEncoder(
        tokens: tokens,
        merges: try MergeTable(merges, tokens: tokens, file: mergesFile, field: "merge "),
        // transformers' RobertaTokenizer leaves bytes without a token out.
        unknownID: configuration.isRoberta ? nil : id(configuration.unknownToken)),
      addedTokens: added, steps: steps, beginID: begin, endID: end)
  }

  /// The tokens that the configuration lists, and those it names.
  private static func addedTokens(
    _ configuration: TokenizerConfiguration, _ tokens: TokenTable
  ) -> [AddedToken] {
    var added = configuration.addedTokens
    let names = [
      configuration.beginToken, configuration.endToken, configuration.unknownToken,
      configuration.classToken, configuration.separatorToken, configuration.paddingToken,
      configuration.maskToken,
    ]
    for name in names.compactMap({ $0 }) {
      guard let id = tokens.id(of: name), !added.contains(where: { $0.id == id }) else { continue }
      var token = AddedToken(id: id, content: Array(name.utf8), isSpecial: true)
      // A gap takes the space before it along, as a word would.
      token.stripsLeft = configuration.isRoberta && name == configuration.maskToken
      added.append(token)
    }
    return added
  }

  /// The lines `a b` of merges.txt, after a first line `#version: …`.
  private static func merges(_ path: String) throws -> [(left: [UInt8], right: [UInt8])] {
    let file = try MappedFile(path: path)
    let text = try file.reading { String(decoding: $0, as: UTF8.self) }
    var merges: [(left: [UInt8], right: [UInt8])] = []
    for (index, line) in text.utf8.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).enumerated() {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.isEmpty || index == 0 && line.starts(with: "#version".utf8) { continue }
      guard let pair = MergeTable.pair(String(Substring(line))) else {
        throw TokenizerError.invalid(
          file: path, field: "line \(index + 1)",
          reason: "should be two tokens with a space between")
      }
      merges.append(pair)
    }
    guard !merges.isEmpty else { throw TokenizerError.missing(file: path, field: "merges") }
    return merges
  }
}
