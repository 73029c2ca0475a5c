import Tensors

extension ByteLevelBPETokenizer {
  /// Reads GPT-2's and RoBERTa's pair of files, vocab.json and merges.txt.
  ///
  /// Text is cut as the configuration's class does it, or with GPT-2's pattern; special tokens are those that it
  /// names. RoBERTa's go around texts. Bytes without a token are left out.
  /// - Throws: `ModelError`, `FileError` or `TokenizerError`.
  init(
    vocabularyFile: String, mergesFile: String, configuration: TokenizerConfiguration
  ) throws {
    var configuration = configuration
    configuration.completeRoles(isBytewise: true)
    let tokens = try TokenTable(
      JSONFields(file: vocabularyFile, object: try JSONFile.object(path: vocabularyFile)))
    let merges = try Self.merges(mergesFile)
    var added = AddedVocabulary(model: tokens, file: vocabularyFile)
    try added.add(
      configuration.additions(to: AddedVocabulary(model: tokens, file: "")),
      from: "tokenizer_config.json")
    func id(_ token: String?) -> Int? {
      token.flatMap { added[Array($0.utf8)]?.id ?? tokens.id(of: $0) }
    }
    let (begin, end) = (id(configuration.beginToken), id(configuration.endToken))
    var steps = Steps(
      preTokenizer: .byteLevel(
        addsPrefixSpace: configuration.addsPrefixSpace ?? false, usesPattern: true),
      decoder: .byteLevel, affixes: Affixes(configuration, beginID: begin, endID: end),
      splitsSpecial: configuration.splitsSpecial)
    if let rebuilt = RebuiltSteps(configuration, beside: steps) {
      (steps.normalizer, steps.preTokenizer) = (rebuilt.normalizer, rebuilt.preTokenizer)
    }
    if configuration.isRoberta {
      guard let affixes = Affixes(roberta: configuration, id: id) else {
        throw TokenizerError.missing(file: vocabularyFile, field: "<s> or </s>")
      }
      steps.affixes = affixes
    }
    try self.init(
      encoder: BytePairEncoder(
        tokens: tokens,
        merges: try MergeTable(merges, tokens: tokens, file: mergesFile, field: "merge ")),
      addedTokens: added.tokens, steps: steps,
      facts: Facts(
        file: vocabularyFile, beginID: begin, endID: end,
        maximumLength: configuration.maximumLength, truncatesLeft: configuration.truncatesLeft,
        notes: added.notes))
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
