import Formats
import PythonText

/// `take_first`: the first answer alone.
struct TakeFirstFilter: AnswerFilter {
  static let name = "take_first"

  init() {}
  init(_ settings: inout FilterSettings) throws(TemplateFault) {}

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    guard let first = try answers.answers().first else { throw TemplateFault("no answer is left") }
    return first
  }
}

/// `take_first_k`: the first `k` answers.
struct TakeFirstKFilter: AnswerFilter {
  static let name = "take_first_k"

  private let count: Int

  init(_ settings: inout FilterSettings) throws(TemplateFault) {
    count = try settings.integer("k", default: nil)
    guard count > 0 else { throw TemplateFault("'k' must be a whole number from 1") }
  }

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    let all = try answers.answers()
    guard all.count >= count else {
      throw TemplateFault("it takes \(count) answers, but there are \(all.count); raise 'repeats'")
    }
    let kept = all.prefix(count)
    // Python cuts a text into a text.
    if answers.stringValue != nil { return .string(kept.map(\.text).joined()) }
    return .list(Array(kept))
  }
}

/// `majority_vote`: the most frequent answer, the earliest of several.
struct MajorityVoteFilter: AnswerFilter {
  static let name = "majority_vote"

  init(_ settings: inout FilterSettings) throws(TemplateFault) {}

  func apply(
    _ answers: Value, _ document: Document
  ) throws(TemplateFault) -> Value {
    let all = try answers.answers()
    guard all.allSatisfy(\.isHashable) else { throw TemplateFault("lists cannot be voted on") }
    var votes: [Value: Int] = [:]
    for answer in all { votes[answer, default: 0] += 1 }
    let most = votes.values.max()
    guard let winner = all.first(where: { votes[$0] == most }) else {
      throw TemplateFault("no answer is left")
    }
    return .list([winner])
  }
}
