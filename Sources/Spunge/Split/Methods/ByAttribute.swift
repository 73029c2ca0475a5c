/// One part for each value of an attribute.
///
/// - Paper: SPUNGE's split by a data attribute such as the demographic group or the scientific
///   domain.
package struct ByAttribute: Splitter {
  package static let card = MethodCard(
    name: "by_attribute", title: "By attribute", reference: "",
    summary: "One part for each value of a column of the forget files.")

  /// Column that divides the corpus.
  package var attribute = "domain"
  /// Values to keep, in the order of the parts; empty keeps all, in order of first appearance.
  package var values: [String] = []
  /// A part with fewer documents is an error.
  package var minimumDocuments = 2

  package init() {}

  package static let ranges: [String: SettingRange] = ["minimumDocuments": minimumRange]

  package func validate() throws {
    guard Set(values).count == values.count else {
      throw SettingsError.Problem.invalid(
        "values", given: "\(values)", requirement: "a list without repetition")
    }
  }

  package func split(
    _ documents: [ForgetDocument], in context: inout SplitContext
  ) throws -> Split {
    try checkNotEmpty(documents)
    let all = try ForgetPart(name: "all", documents: documents).groups(by: attribute)
    let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    let parts =
      values.isEmpty
      ? all
      : try values.map { value in
        guard let part = byName[value] else {
          throw SplitError.unknownValue(value, attribute: attribute, known: all.map(\.name))
        }
        return part
      }
    try checkParts(
      parts, minimumDocuments: minimumDocuments, method: "splitting by '\(attribute)'",
      remedy: "choose an attribute with several values")
    let kept = Set(parts.map(\.name))
    var dropped: [String: Int] = [:]
    for part in all where !kept.contains(part.name) {
      dropped["\(attribute) '\(part.name)' is not in values"] = part.documents.count
    }
    return Split(parts: parts, dropped: dropped)
  }
}
