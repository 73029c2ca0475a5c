import Formats
import PythonText

/// One step of a pipeline of `filter_list`: turns a document's generated answers into others.
///
/// Values follow Python: a list of answers, or after `take_first` one text, over which a further
/// step goes letter by letter, as in the harness.
protocol AnswerFilter: Sendable {
  /// Name in task files.
  static var name: String { get }
  init(_ settings: inout FilterSettings) throws(TemplateFault)
  func apply(_ answers: Value, _ document: Document) throws(TemplateFault) -> Value
}

/// The table of all filters.
enum AnswerFilters {
  static let all: [any AnswerFilter.Type] = [
    FormatSpanFilter.self, LowercaseFilter.self, MajorityVoteFilter.self, MapFilter.self,
    MultipleChoiceRegexFilter.self, RegexFilter.self, StripFilter.self, TagFilter.self,
    TakeFirstFilter.self, TakeFirstKFilter.self, UppercaseFilter.self,
  ]

  /// What the harness has and we do not → why.
  static let refused = [
    "custom": "it runs a Python function", "decontaminate": "it does nothing in the harness either",
  ]
}

extension Value {
  /// The answers that a filter goes over: elements, or the letters of a text.
  func answers() throws(TemplateFault) -> [Value] {
    if let items { return items }
    guard let text = stringValue else {
      throw TemplateFault("expected answers, found \(representation.shown())")
    }
    return text.unicodeScalars.map { .string(String($0)) }
  }

  /// A list in which each answer is a text that was changed.
  func mapTexts(
    _ transform: (String) throws(TemplateFault) -> String
  ) throws(TemplateFault) -> Value {
    var result: [Value] = []
    for answer in try answers() {
      guard let text = answer.stringValue else {
        throw TemplateFault("expected a text, found \(answer.representation.shown())")
      }
      result.append(.string(try transform(text)))
    }
    return .list(result)
  }
}
