import Formats
import Tensors

extension TextPattern {
  /// `{"String": …}` or `{"Regex": …}` of the component `fields`.
  init(_ fields: JSONFields) throws(TokenizerError) {
    guard let pattern = try fields.fields("pattern") else { throw fields.missing("pattern") }
    if let literal = try pattern.string("String"), !literal.isEmpty {
      self = .literal(Array(literal.utf8))
      return
    }
    // Text that is empty is found everywhere, as the empty expression is.
    let isText = pattern.object["String"] != nil
    try self.init(
      expression: isText ? "" : try pattern.requiredString("Regex"), file: fields.file,
      field: pattern.path(isText ? "String" : "Regex"))
  }
}

extension TextNormalizer {
  /// The normalizer that tokenizer.json describes.
  init(_ fields: JSONFields) throws(TokenizerError) {
    switch try fields.requiredString("type") {
    case "Sequence":
      var steps: [TextNormalizer] = []
      for step in try fields.list("normalizers") { steps.append(try TextNormalizer(step)) }
      self = .sequence(steps)
    case "NFC": self = .canonicalComposition
    case "NFD": self = .canonicalDecomposition
    case "NFKC": self = .compatibilityComposition
    case "NFKD": self = .compatibilityDecomposition
    case "Lowercase": self = .lowercase
    case "Prepend": self = .prepend(Array(try fields.requiredString("prepend").utf8))
    case "Replace":
      self = .replace(
        try TextPattern(fields), with: Array(try fields.requiredString("content").utf8))
    case "Strip":
      self = .strip(
        left: try fields.bool("strip_left", default: true),
        right: try fields.bool("strip_right", default: true))
    case let name:
      throw .unsupported(
        file: fields.file, component: "normalizer", name: name,
        known: [
          "Sequence", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Prepend", "Replace", "Strip",
        ])
    }
  }
}

extension Metaspace {
  /// Reads `replacement`, `prepend_scheme` (or the older `add_prefix_space`) and `split`.
  init(_ fields: JSONFields) throws(TokenizerError) {
    let prepending: Prepending
    if let scheme = try fields.string("prepend_scheme") {
      guard let known = Prepending(rawValue: scheme) else {
        throw .unsupported(
          file: fields.file, component: "prepend_scheme", name: scheme,
          known: Prepending.allCases.map(\.rawValue))
      }
      prepending = known
    } else {
      prepending = try fields.bool("add_prefix_space", default: true) ? .always : .never
    }
    let replacement = try fields.string("replacement") ?? "\u{2581}"
    guard replacement.unicodeScalars.count == 1 else {
      throw fields.invalid("replacement", "should be one character")
    }
    self.init(
      replacement: Array(replacement.utf8),
      prepending: prepending, splits: try fields.bool("split", default: true))
  }
}

extension PreTokenizer {
  /// The pre-tokenizer that tokenizer.json describes.
  init(_ fields: JSONFields) throws(TokenizerError) {
    switch try fields.requiredString("type") {
    case "Sequence":
      var steps: [PreTokenizer] = []
      for step in try fields.list("pretokenizers") {
        if steps.contains(where: \.isBytewise) {
          throw step.invalid("type", "nothing can follow ByteLevel here")
        }
        steps.append(try PreTokenizer(step))
      }
      self = .sequence(steps)
    case "Split":
      let name = try fields.requiredString("behavior")
      guard let behavior = SplitBehavior(rawValue: name) else {
        throw .unsupported(
          file: fields.file, component: "behavior", name: name,
          known: SplitBehavior.allCases.map(\.rawValue))
      }
      self = .split(
        try TextPattern(fields), behavior, inverted: try fields.bool("invert", default: false))
    case "Digits":
      self = .digits(individual: try fields.bool("individual_digits", default: false))
    case "ByteLevel":
      self = .byteLevel(
        addsPrefixSpace: try fields.bool("add_prefix_space", default: true),
        usesPattern: try fields.bool("use_regex", default: true))
    case "Metaspace": self = .metaspace(try Metaspace(fields))
    case let name:
      throw .unsupported(
        file: fields.file, component: "pre-tokenizer", name: name,
        known: ["Sequence", "Split", "Digits", "ByteLevel", "Metaspace"])
    }
  }
}

extension TokenDecoder {
  /// Longest run that `Strip` is asked to remove.
  private static let maximumStrip = 1024

  /// The decoder that tokenizer.json describes.
  init(_ fields: JSONFields) throws(TokenizerError) {
    switch try fields.requiredString("type") {
    case "Sequence":
      var steps: [TokenDecoder] = []
      for step in try fields.list("decoders") { steps.append(try TokenDecoder(step)) }
      self = .sequence(steps)
    case "ByteLevel": self = .byteLevel
    case "ByteFallback": self = .byteFallback
    case "Fuse": self = .fuse
    case "Replace":
      self = .replace(
        try TextPattern(fields), with: Array(try fields.requiredString("content").utf8))
    case "Strip":
      let (left, right) = (try fields.integer("start") ?? 0, try fields.integer("stop") ?? 0)
      guard (0...Self.maximumStrip).contains(left), (0...Self.maximumStrip).contains(right) else {
        throw fields.invalid("start", "start and stop go from 0 to \(Self.maximumStrip)")
      }
      self = .strip(
        content: Array(try fields.requiredString("content").utf8), left: left, right: right)
    case "Metaspace": self = .metaspace(try Metaspace(fields))
    case let name:
      throw .unsupported(
        file: fields.file, component: "decoder", name: name,
        known: ["Sequence", "ByteLevel", "ByteFallback", "Fuse", "Replace", "Strip", "Metaspace"])
    }
  }
}

extension Affixes {
  /// What the post-processor of tokenizer.json puts around a single text.
  init(_ fields: JSONFields) throws(TokenizerError) {
    self.init()
    switch try fields.requiredString("type") {
    case "Sequence":
      for step in try fields.list("processors") { surround(with: try Affixes(step)) }
    case "ByteLevel": break
    case "RobertaProcessing", "BertProcessing":
      prefix = [try Self.pairedID(fields, "cls")]
      suffix = [try Self.pairedID(fields, "sep")]
    case "TemplateProcessing": try readTemplate(fields)
    case let name:
      throw .unsupported(
        file: fields.file, component: "post-processor", name: name,
        known: [
          "Sequence", "ByteLevel", "RobertaProcessing", "BertProcessing", "TemplateProcessing",
        ])
    }
  }

  /// The id in `"cls": ["<s>", 0]`.
  private static func pairedID(_ fields: JSONFields, _ name: String) throws(TokenizerError) -> Int {
    guard let pair = try fields.array(name), pair.count == 2, let id = pair[1].integer,
      (0...TokenTable.maximumID).contains(id)
    else { throw fields.invalid(name, "should be a token and its id") }
    return id
  }

  private mutating func readTemplate(_ fields: JSONFields) throws(TokenizerError) {
    var isPastText = false
    for piece in try fields.list("single") {
      if piece.object["Sequence"] != nil {
        isPastText = true
        continue
      }
      guard let special = try piece.fields("SpecialToken") else {
        throw piece.missing("SpecialToken")
      }
      let name = try special.requiredString("id")
      guard let entry = try fields.fields("special_tokens")?.fields(name) else {
        throw fields.missing("special_tokens.\(name)")
      }
      for id in try entry.array("ids") ?? [] {
        guard let id = id.integer, (0...TokenTable.maximumID).contains(id) else {
          throw entry.invalid("ids", "should be ids from 0 to \(TokenTable.maximumID)")
        }
        if isPastText { suffix.append(id) } else { prefix.append(id) }
      }
    }
  }
}
