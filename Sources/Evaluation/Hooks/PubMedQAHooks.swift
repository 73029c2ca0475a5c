import Formats
import PythonText

/// PubMedQA: the abstract's parts, one a line, then the question.
enum PubMedQAHooks {
  static func text(_ document: Document) throws(TemplateFault) -> Value {
    let contexts = try document.requiredList("CONTEXTS").map(\.text).joined(separator: "\n")
    let question = try document.requiredString("QUESTION")
    return .string("Abstract: \(contexts)\nQuestion: \(question)\nAnswer:")
  }
}
