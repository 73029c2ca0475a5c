package import Evaluation

/// A classifier's label of each document: the most probable one.
package struct DocumentLabels {
  private let classifier: any TextClassifier

  package init(_ classifier: any TextClassifier) { self.classifier = classifier }

  /// One label for each document.
  ///
  /// - Throws: `SplitError` for a document without text or a classifier of one label, and what classifying throws.
  package func labels(_ documents: [ForgetDocument]) throws -> [String] {
    guard classifier.labels.count > 1 else {
      throw SplitError.oneLabel(classifier.labels.first ?? "")
    }
    let texts = try documents.map { document in
      switch document.content {
      case .text(let text): text
      case .completion(let prompt, let text): prompt + text
      case .ids: throw SplitError.notLabelled(file: document.file, line: document.line)
      }
    }
    var result = [String](repeating: "", count: documents.count)
    try classifier.classify(texts) { index, answer in
      let likeliest = answer.probabilities.indices.max {
        answer.probabilities[$0] < answer.probabilities[$1]
      }
      result[index] = likeliest.map { classifier.labels[$0] } ?? ""
    }
    return result
  }
}
