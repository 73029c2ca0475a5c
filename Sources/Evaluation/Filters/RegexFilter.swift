import Formats
import PythonText

/// `regex`: finds the part of an answer that matters.
struct RegexFilter: AnswerFilter {
  static let name = "regex"

  let pattern: PythonRegex
  /// Which of all matches counts; negative from the last.
  let selection: Int
  let fallback: String

  init(_ settings: inout FilterSettings) throws(TemplateFault) {
    pattern = try PythonRegex(
      try settings.string("regex_pattern", default: #"#### (\-?[0-9\.\,]+)"#))
    selection = try settings.integer("group_select", default: 0)
    fallback = try settings.string("fallback", default: "[invalid]")
  }

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    var result: [Value] = []
    for answer in try answers.answers() {
      let found = try Self.select(selection, pattern.findAll(in: answer.stringValue ?? ""))
      result.append(.string(found.map { ($0.first ?? fallback).stripped() } ?? fallback))
    }
    return .list(result)
  }

  /// The selected match: its whole, its group, or its groups that are not empty.
  ///
  /// - Returns: `nil` when nothing matched.
  static func select(
    _ selection: Int, _ matches: [[String]]
  ) throws(TemplateFault) -> [String]? {
    guard !matches.isEmpty else { return nil }
    let index = selection < 0 ? matches.count + selection : selection
    guard matches.indices.contains(index) else {
      throw TemplateFault("group_select \(selection), but there are only \(matches.count) matches")
    }
    let match = matches[index]
    return match.count > 1 ? match.filter { !$0.isEmpty } : match
  }
}

/// `regex_pos`: the second part of each pair `('word', 'TAG')` that an answer lists.
struct TagFilter: AnswerFilter {
  static let name = "regex_pos"

  private let pairs: PythonRegex
  private let fallback: Value

  init(_ settings: inout FilterSettings) throws(TemplateFault) {
    // The harness reads these and uses neither.
    _ = settings.value("regex_pattern")
    _ = settings.value("group_select")
    fallback = settings.value("fallback") ?? .list([.string("invalid")])
    pairs = try PythonRegex(#"\('([^']*)', '([^']*)'\)"#)
  }

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    var result: [Value] = []
    for answer in try answers.answers() {
      let tags = try pairs.findAll(in: answer.stringValue ?? "").map { Value.string($0[1]) }
      result.append(tags.isEmpty ? fallback : .list(tags))
    }
    return .list(result)
  }
}
