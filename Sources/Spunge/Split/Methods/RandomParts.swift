/// Equal parts drawn at random: the control that shows whether attributes matter.
package struct RandomParts: Splitter {
  package static let card = MethodCard(
    name: "random", title: "Random parts", reference: "",
    summary: "Parts of equal size (± 1) drawn at random, whatever the attributes.")

  /// Number of parts.
  package var parts = 2
  /// A part with fewer documents is an error.
  package var minimumDocuments = 2

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "parts": .from(2, to: 10_000), "minimumDocuments": minimumRange,
  ]

  package func split(
    _ documents: [ForgetDocument], in context: inout SplitContext
  ) throws -> Split {
    try checkNotEmpty(documents)
    guard documents.count / parts >= minimumDocuments else {
      throw SplitError.smallPart(
        "random-\(parts)", documents: documents.count / parts, minimum: minimumDocuments)
    }
    let order = context.shuffled(documents.count)
    let shares = (0..<parts).map { part in
      let members = stride(from: part, to: order.count, by: parts).map { order[$0] }.sorted()
      return ForgetPart(name: "random-\(part + 1)", documents: members.map { documents[$0] })
    }
    return Split(parts: shares)
  }
}
