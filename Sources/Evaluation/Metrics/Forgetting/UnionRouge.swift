import PythonText

/// ROUGE-L over sentences as pltrdy's package `rouge` 1.0.1 counts it, which RWKU uses: different words only.
///
/// It is not `RougeScore`: words keep their punctuation and sentences end at each full stop.
enum UnionRouge {
  /// Share of the reference's different words that stand in the longest common subsequence of some pair of
  /// sentences; 0 where either text has no sentence, for which that package raises an error.
  static func recall(_ text: String, reference: String) -> Double {
    let (text, reference) = (sentences(text), sentences(reference))
    guard !text.isEmpty, !reference.isEmpty else { return 0 }
    var common: Set<String> = []
    for reference in reference {
      for text in text { common.formUnion(CommonSubsequence(reference, text).elements) }
    }
    return Double(common.count) / Double(Set(reference.joined()).count)
  }

  /// The words between full stops; a sentence of blanks has one empty word.
  private static func sentences(_ text: String) -> [[String]] {
    text.unicodeScalars.split(separator: ".").map { sentence in
      let words = sentence.split { $0.isPythonSpace }.map { String($0) }
      return words.isEmpty ? [""] : words
    }
  }
}
