import Formats
import PythonText

/// A named sequence of filters.
struct FilterPipeline: Sendable {
  let name: String
  let filters: [any AnswerFilter]
  /// Where it is written: `gsm8k.yaml:12`.
  var place = "filter_list"

  /// What tasks without `filter_list` do.
  static let standard = FilterPipeline(name: "none", filters: [TakeFirstFilter()])

  /// - Parameter texts: generated texts, one for each repeat.
  /// - Returns: a text where the last step leaves one answer, else a list.
  func apply(
    _ texts: [String], _ document: Document
  ) throws(TemplateFault) -> Value {
    var answers = Value.list(texts.map { .string($0) })
    for filter in filters {
      do throws(TemplateFault) {
        answers = try filter.apply(answers, document)
      } catch {
        throw TemplateFault(
          "\(place.shown(limit: 500)): filter '\(name.shown())', step \(type(of: filter).name): "
            + error.message)
      }
    }
    return answers
  }

  /// All documents of a task.
  ///
  /// - Parameter responses: the generated texts of each document, one for each repeat.
  /// - Returns: what is left of each document's texts; one text where the last step takes one.
  func apply(
    _ responses: [[String]], documents: [Document]
  ) throws(TemplateFault) -> [[String]] {
    precondition(responses.count == documents.count, "every document has its responses")
    var filtered: [[String]] = []
    for (texts, document) in zip(responses, documents) {
      let answers = try apply(texts, document)
      filtered.append(answers.items?.map(\.text) ?? [answers.text])
    }
    return filtered
  }

  /// Whether it leaves log-likelihoods as they are.
  var onlyTakesFirst: Bool { filters.count == 1 && filters[0] is TakeFirstFilter }
}
