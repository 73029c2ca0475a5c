/// One part for each label that a classifier gives.
package struct ByLabel: Splitter {
  package static let card = MethodCard(
    name: "by_label", title: "By label", reference: "",
    summary: "One part for each label that a classifier gives the documents.")
  package static let asksClassifier = true

  /// Labels to keep, in the order of the parts; empty keeps all, in order of first appearance.
  package var labels: [String] = []
  /// A part with fewer documents is an error.
  package var minimumDocuments = 2

  package init() {}

  package static let ranges: [String: SettingRange] = ["minimumDocuments": minimumRange]

  package func validate() throws {
    guard Set(labels).count == labels.count else {
      throw SettingsError.Problem.invalid(
        "labels", given: "\(labels)", requirement: "a list without repetition")
    }
  }

  package func split(
    _ documents: [ForgetDocument], in context: inout SplitContext
  ) throws -> Split {
    try checkNotEmpty(documents)
    guard let classify = context.labels else { throw SplitError.noClassifier }
    let given = try classify(documents)
    guard given.count == documents.count else {
      throw SplitError.answerCount(given.count, of: "labels", documents: documents.count)
    }
    var splitter = ByAttribute()
    splitter.attribute = "label"
    splitter.values = labels
    splitter.minimumDocuments = minimumDocuments
    let labelled = zip(documents, given).map { document, label in
      var document = document
      document.attributes["label"] = label
      return document
    }
    return try splitter.split(labelled, in: &context)
  }
}
