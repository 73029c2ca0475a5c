/// The whole corpus as one part: pooled unlearning, the baseline.
///
/// Documents keep their attributes, so that an unlearning method can still alternate between
/// groups.
package struct Single: Splitter {
  package static let card = MethodCard(
    name: "single", title: "Union", reference: "",
    summary: "No split: the whole forget corpus is one part.")

  package init() {}

  package func split(
    _ documents: [ForgetDocument], in context: inout SplitContext
  ) throws -> Split {
    try checkNotEmpty(documents)
    return Split(parts: [ForgetPart(name: "union", documents: documents)])
  }
}
