/// Whether judge and unlearning saw the same data.
package enum ClassifierTraining {
  /// Classifiers whose training data is published, by what their folders' names contain.
  ///
  /// microsoft/TOXIGEN trained both on ToxiGen; its issue 13 says so of the annotated rows.
  private static let known = [
    (name: "toxigen_roberta", data: "ToxiGen"), (name: "toxigen_hatebert", data: "ToxiGen"),
  ]

  /// What a classifier was trained on, as far as its folder's name says.
  package static func data(ofClassifier folder: String) -> String {
    let name = folder.lowercased().replacing("-", with: "_")
    return known.first { name.contains($0.name) }?.data ?? ""
  }

  /// A sentence for the report; `nil` where nothing is known.
  ///
  /// - Parameters:
  ///   - data: what the classifier was trained on.
  ///   - forget: files that are unlearned.
  package static func note(classifier: String, data: String, forget: [String]) -> String? {
    guard let first = data.split(whereSeparator: \.isWhitespace).first else { return nil }
    let shared = forget.filter { $0.lowercased().contains(first.lowercased()) }
    return "the classifier \(classifier) was trained on \(data)"
      + (shared.isEmpty
        ? "; where that is what was unlearned, confirm the figures with another classifier"
        : ", and so is what was unlearned (\(shared.joined(separator: ", "))): the judge knows the "
          + "data, so confirm the figures with another classifier")
  }
}
