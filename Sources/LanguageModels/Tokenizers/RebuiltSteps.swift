import Formats

/// How the class that `tokenizer_class` names cuts text.
///
/// transformers 5 takes no more than vocabulary and merges from tokenizer.json for some classes and builds the rest
/// itself. Here tokenizer.json is followed, and a note says where that makes a difference.
struct RebuiltSteps {
  private let className: String
  let normalizer: TextNormalizer?
  let preTokenizer: PreTokenizer
  /// What the class says about a space before texts, whatever tokenizer.json says; nil if it says nothing.
  let addsPrefixSpace: Bool?

  /// Nil for classes that take tokenizer.json as it is, and for those that are not known.
  /// - Parameter steps: of tokenizer.json.
  init?(_ configuration: TokenizerConfiguration, beside steps: ByteLevelBPETokenizer.Steps) {
    guard let name = configuration.className else { return nil }
    className = name
    let prefix = configuration.addsPrefixSpace ?? false
    switch name {
    case "GPT2Tokenizer", "RobertaTokenizer":
      normalizer = nil
      preTokenizer = .byteLevel(addsPrefixSpace: prefix, usesPattern: true)
      addsPrefixSpace = prefix
    case "Qwen2Tokenizer":
      normalizer = .canonicalComposition
      preTokenizer = .sequence([
        .split(.words(.contemporary(maximumDigits: 1)), .isolated, inverted: false),
        .byteLevel(addsPrefixSpace: prefix, usesPattern: false),
      ])
      addsPrefixSpace = configuration.addsPrefixSpace
    case "LlamaTokenizer" where steps.preTokenizer?.isBytewise != true:
      normalizer = nil
      let always: Metaspace.Prepending = configuration.isLegacy ?? false ? .always : .first
      preTokenizer = .metaspace(
        Metaspace(
          replacement: Array("\u{2581}".utf8),
          prepending: configuration.addsPrefixSpace ?? true ? always : .never, splits: false))
      addsPrefixSpace = nil
    default: return nil
    }
  }

  /// Whose ids tell one way of cutting from another: digits, spaces, contractions, lines, marks, an early word.
  private static let probes = [
    "word", "a  12345 678", "It's 'LL don't", "x \n\n y\t\tz  ", "e\u{301} \u{212B}",
    "(a) -b-- ...c",
  ]

  /// A note where the class's ids are not those of tokenizer.json's `steps`.
  func difference(
    from steps: ByteLevelBPETokenizer.Steps, _ encoder: BytePairEncoder, _ added: [AddedToken],
    _ facts: ByteLevelBPETokenizer.Facts
  ) throws(TokenizerError) -> String? {
    // Words are remembered by their bytes, which one way takes for text and the other for its alphabet.
    guard steps.preTokenizer?.isBytewise == preTokenizer.isBytewise else { return note(facts, "") }
    var others = steps
    (others.normalizer, others.preTokenizer) = (normalizer, preTokenizer)
    let own = try ByteLevelBPETokenizer(
      encoder: encoder, addedTokens: added, steps: steps, facts: facts)
    let rebuilt = try ByteLevelBPETokenizer(
      encoder: encoder, addedTokens: added, steps: others, facts: facts)
    for probe in Self.probes {
      let ids = try own.encode(probe, addSpecial: false)
      guard try rebuilt.encode(probe, addSpecial: false) != ids else { continue }
      return note(facts, " (for example '\(probe.shown())')")
    }
    return nil
  }

  private func note(_ facts: ByteLevelBPETokenizer.Facts, _ example: String) -> String {
    "\(facts.file.shown()): transformers 5 cuts text otherwise than this file, because tokenizer_class is "
      + "\(className)\(example); the file is followed, as transformers 4 does"
  }
}
