import Tensors

extension ByteLevelBPETokenizer {
  /// Reads GPT-2's pair of files, vocab.json and merges.txt.
  ///
  /// Text is cut with GPT-2's pattern; special tokens are those that the configuration names.
  /// - Throws: `ModelError`, `FileError` or `TokenizerError`.
  init(
    vocabularyFile: String, mergesFile: String, configuration: TokenizerConfiguration
  ) throws {
    let tokens = try TokenTable(
      JSONFields(file: vocabularyFile, object: try JSONFile.object(path: vocabularyFile)))
    let merges = try Self.merges(mergesFile)
    func id(_ token: String?) -> Int? { token.flatMap { tokens.id(of: $0) } }
    let (begin, end) = (id(configuration.beginToken), id(configuration.endToken))
    var added = configuration.addedTokens
    for name in [configuration.beginToken, configuration.endToken, configuration.unknownToken] {
      if let name, let id = tokens.id(of: name), !added.contains(where: { $0.id == id }) {
        added.append(AddedToken(id: id, content: Array(name.utf8), isSpecial: true))
      }
    }
    var steps = Steps(
      preTokenizer: .byteLevel(
        addsPrefixSpace: configuration.addsPrefixSpace ?? false, usesPattern: true),
      decoder: .byteLevel)
    steps.affixes.override(configuration, beginID: begin, endID: end)
    self.init(
      encoder: BytePairEncoder(
        tokens: tokens,
        merges: try MergeTable(merges, tokens: tokens, file: mergesFile, field: "merge "),
        unknownID: id(configuration.unknownToken)),
      addedTokens: added, steps: steps, beginID: begin, endID: end)
  }

  /// The lines `a b` of merges.txt, after a first line `#version: …`.
  private static func merges(_ path: String) throws -> [(left: [UInt8], right: [UInt8])] {
    let file = try MappedFile(path: path)
    let text = String(decoding: file.bytes, as: UTF8.self)
    withExtendedLifetime(file) {}
    var merges: [(left: [UInt8], right: [UInt8])] = []
    for (index, line) in text.utf8.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).enumerated() {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.isEmpty || index == 0 && line.starts(with: "#version".utf8) { continue }
      guard let pair = MergeTable.pair(String(Substring(line))) else {
        throw TokenizerError.invalid(
          file: path, field: "line \(index + 1)", reason: "should be two tokens with a space between")
      }
      merges.append(pair)
    }
    guard !merges.isEmpty else { throw TokenizerError.missing(file: path, field: "merges") }
    return merges
  }
}
