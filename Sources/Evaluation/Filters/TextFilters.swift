import Formats
import PythonText

/// `remove_whitespace`: white space at both ends goes.
struct StripFilter: AnswerFilter {
  static let name = "remove_whitespace"

  init(_ settings: inout FilterSettings) throws(TemplateFault) {}

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    try answers.mapTexts { (text) throws(TemplateFault) in text.stripped() }
  }
}

/// `lowercase`
struct LowercaseFilter: AnswerFilter {
  static let name = "lowercase"

  init(_ settings: inout FilterSettings) throws(TemplateFault) {}

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    try answers.mapTexts { (text) throws(TemplateFault) in text.lowercasedAsPython }
  }
}

/// `uppercase`
struct UppercaseFilter: AnswerFilter {
  static let name = "uppercase"

  init(_ settings: inout FilterSettings) throws(TemplateFault) {}

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    try answers.mapTexts { (text) throws(TemplateFault) in text.uppercased() }
  }
}

/// `map`: answers as keys of a dictionary.
struct MapFilter: AnswerFilter {
  static let name = "map"

  private let mapping: Mapping
  private let standard: Value

  init(_ settings: inout FilterSettings) throws(TemplateFault) {
    let value = settings.value("mapping_dict") ?? .none
    guard let mapping = value == .none ? Mapping() : value.mappingValue else {
      throw TemplateFault("'mapping_dict' must be a mapping")
    }
    self.mapping = mapping
    standard = settings.value("default_value") ?? .none
  }

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    var result: [Value] = []
    for answer in try answers.answers() {
      guard answer.isHashable else { throw TemplateFault("a list is no key of a mapping") }
      result.append(mapping[answer] ?? standard)
    }
    return .list(result)
  }
}

/// `format_span`: named entities as `label: entity $ label: entity`, with one spelling per label.
struct FormatSpanFilter: AnswerFilter {
  static let name = "format_span"

  /// Tried in this order, each on what the ones before it left.
  private static let labels = [
    ("person", "PER"), ("location", "LOC"), ("organization", "ORG"), ("counties", "LOC"),
    ("places", "LOC"), ("people", "PER"), ("persons", "PER"), ("company", "ORG"),
    ("country", "LOC"), ("continent", "LOC"), ("time", "DATE"), ("date", "DATE"), ("per", "PER"),
    ("loc", "LOC"), ("org", "ORG"),
  ]

  private let spellings: [(pattern: PythonRegex, label: String)]
  private let entities: PythonRegex

  init(_ settings: inout FilterSettings) throws(TemplateFault) {
    var spellings: [(pattern: PythonRegex, label: String)] = []
    for (word, label) in Self.labels {
      spellings.append((try PythonRegex(#"\b"# + word + #"\s*:"#), "\(label):"))
    }
    self.spellings = spellings
    entities = try PythonRegex(#"\b(PER|LOC|ORG|DATE):\s*([^$]+)"#)
  }

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    try answers.mapTexts(formatted)
  }

  private func formatted(_ text: String) throws(TemplateFault) -> String {
    var text = text.lowercasedAsPython
    for (pattern, label) in spellings { text = try pattern.replace(in: text, with: label) }
    text = text.replacing(codePointsOf: "$$", with: "$").stripped(left: false, "$")
    text = text.replacing(codePointsOf: "\n", with: "$").stripped()
    var found: [String] = []
    for match in try entities.findAll(in: text) {
      for entity in match[1].split(codePointsOf: ",").map({ $0.stripped() })
      where entity.lowercasedAsPython != "none" {
        found.append("\(match[0].lowercasedAsPython): \(entity)")
      }
    }
    return found.joined(separator: " $ ")
  }
}
