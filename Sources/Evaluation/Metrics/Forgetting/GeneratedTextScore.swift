import Formats
import PythonText

/// What papers on forgetting report of a generated text: shares of words that it has in common with its reference,
/// 0…1, and how varied it is.
enum GeneratedTextScore: String, Sendable, CaseIterable {
  /// Of stems, as TOFU and open-unlearning have it.
  case rouge1Recall = "rouge1_recall"
  case rougeLRecall = "rougeL_recall"
  case rougeLF1 = "rougeL_f1"
  /// Of whole words, as MUSE has it.
  case rougeLF1Words = "rougeL_f1_words"
  /// Of different words with their punctuation, as RWKU has it.
  case rougeLRecallUnion = "rougeL_recall_union"
  /// Entropy of pairs and triples of words, bits; low for a model that repeats itself.
  case fluency

  /// The best of several references; `nil` for a text that is too short for the score.
  ///
  /// - Parameter response: what the filters left: one text.
  func score(
    _ response: Value, _ references: Question.References
  ) throws(TemplateFault) -> Double? {
    let responses = response.items ?? [response]
    guard responses.count == 1, let text = responses[0].string else {
      throw TemplateFault("\(rawValue) needs one text, found \(response.representation)")
    }
    if self == .fluency { return NGramEntropy.fluency(NGramEntropy.words(in: text)) }
    let texts =
      switch references {
      case .one(let reference): [reference.text]
      case .several(let references): references.map(\.text)
      }
    return texts.compactMap { overlap(text, $0) }.max()
  }

  private func overlap(_ text: String, _ reference: String) -> Double? {
    switch self {
    case .fluency: nil
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
