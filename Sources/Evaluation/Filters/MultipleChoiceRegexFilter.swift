import Formats
import PythonText

/// `multi_choice_regex`: the letter of a choice, by a pattern, else by the choice's text, else by a
/// letter behind a colon.
struct MultipleChoiceRegexFilter: AnswerFilter {
  static let name = "multi_choice_regex"

  private let base: RegexFilter
  private let ignored: [PythonRegex]
  private let ignoresCase: Bool
  private let ignoresPunctuation: Bool

  init(_ settings: inout FilterSettings) throws(TemplateFault) {
    base = try RegexFilter(&settings)
    ignored = try settings.patterns("regexes_to_ignore")
    ignoresCase = settings.isTrue("ignore_case")
    ignoresPunctuation = settings.isTrue("ignore_punctuation")
  }

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    var (letters, texts): ([String], [String]) = ([], [])
    var meaning: [Value: String] = [:]
    for (index, choice) in try document.requiredList("choices").enumerated() {
      guard let text = choice.stringValue, let letter = Unicode.Scalar(0x41 + UInt32(index)) else {
        throw TemplateFault("column 'choices' must list texts")
      }
      texts.append(try simplified(text.stripped()))
      letters.append(String(letter))
      meaning[.string(texts[index])] = "(\(letter))"
    }
    // A choice that another one begins with must not hide it. Python's sort is stable, ours too.
    let branches = texts.map(PythonRegex.escape)
    let ordered = branches.enumerated().sorted { left, right in
      let counts = (left.element.unicodeScalars.count, right.element.unicodeScalars.count)
      return counts.0 == counts.1 ? left.offset < right.offset : counts.0 > counts.1
    }
    let byText = try PythonRegex(ordered.map(\.element).joined(separator: "|"))
    let byLetter = try PythonRegex(#":[\s]*("# + letters.joined(separator: "|") + ")")

    var result: [Value] = []
    for answer in try answers.answers() {
      let text = answer.stringValue ?? ""
      var match = try find(base.pattern, text)
      if match.isEmpty {
        match = try find(byText, try simplified(text))
        // A choice of which nothing is left matches everywhere and means nothing.
        if !match.isEmpty { match = meaning[.string(match)] ?? match }
      }
      if match.isEmpty {
        match = try find(byLetter, text)
        if letters.contains(match) { match = "(\(match))" }
      }
      result.append(.string(match.isEmpty ? base.fallback : match))
    }
    return .list(result)
  }

  /// The selected match, or nothing.
  private func find(_ pattern: PythonRegex, _ text: String) throws(TemplateFault) -> String {
    try RegexFilter.select(base.selection, pattern.findAll(in: text))?.first?.stripped() ?? ""
  }

  private func simplified(_ text: String) throws(TemplateFault) -> String {
    var text = text
    for pattern in ignored { text = try pattern.replace(in: text, with: "") }
    if ignoresCase { text = text.lowercasedAsPython }
    if ignoresPunctuation { text.unicodeScalars.removeAll(where: \.isPunctuation) }
    return text
  }
}

extension Unicode.Scalar {
  /// Unicode's general categories that begin with P.
  var isPunctuation: Bool {
    switch properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }
}
