/// The mean of the parts' differences, which is the mean of the parts' models.
///
/// - Paper: Wortsman et al. 2022, "Model soups", https://arxiv.org/abs/2203.05482 (the uniform
///   soup)
/// - Deviations: none known.
package struct Average: MergeMethod {
  package static let card = MethodCard(
    name: "average", title: "Average", reference: "https://arxiv.org/abs/2203.05482",
    summary: "Averages the parts' models.")

  package init() {}

  package func rule(for parts: DeltaParts) throws -> any MergeRule {
    WeightedSum.mean(of: parts.count)
  }
}
