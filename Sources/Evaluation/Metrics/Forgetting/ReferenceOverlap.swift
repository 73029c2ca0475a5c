import Formats
import PythonText

/// What papers report of a generated text and its reference: shares of common words, 0…1.
enum ReferenceOverlap: String, Sendable, CaseIterable {
  /// Of stems, as TOFU and open-unlearning have it.
  case rouge1Recall = "rouge1_recall"
  case rougeLRecall = "rougeL_recall"
  case rougeLF1 = "rougeL_f1"
  /// Of whole words, as MUSE has it.
  case rougeLF1Words = "rougeL_f1_words"
  /// Of different words with their punctuation, as RWKU has it.
  case rougeLRecallUnion = "rougeL_recall_union"

  /// The best of several references.
  ///
  /// - Parameter response: what the filters left: one text.
  func score(
    _ response: Value, _ references: Question.References
  ) throws(TemplateFault) -> Double {
    let responses = response.items ?? [response]
    guard responses.count == 1, let text = responses[0].stringValue else {
      throw TemplateFault("\(rawValue) needs one text, found \(response.representation)")
    }
    let texts =
      switch references {
      case .one(let reference): [reference.text]
      case .several(let references): references.map(\.text)
      }
    return texts.map { score(text, $0) }.max() ?? 0
  }

  private func score(_ text: String, _ reference: String) -> Double {
    switch self {
    case .rouge1Recall: RougeScore.words(text, reference: reference, stemming: true).recall
    case .rougeLRecall:
      RougeScore.longestSubsequence(text, reference: reference, stemming: true).recall
    case .rougeLF1: RougeScore.longestSubsequence(text, reference: reference, stemming: true).f1
    case .rougeLF1Words:
      RougeScore.longestSubsequence(text, reference: reference, stemming: false).f1
    case .rougeLRecallUnion:
      UnionRouge.recall(text.lowercased(), reference: reference.lowercased())
    }
  }
}
