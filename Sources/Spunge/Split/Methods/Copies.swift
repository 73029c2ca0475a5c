/// The whole corpus several times: merging without splitting.
///
/// Each copy is unlearned with random numbers of its own, so that merging has different models of the same text: is it
/// the splitting that helps, or any merging?
///
/// - Paper: Xu et al. 2025, "ZJUKLAB at SemEval-2025 task 4: unlearning via model merging",
///   https://arxiv.org/abs/2503.21088
/// - Deviations: the copies differ by their random numbers alone; the paper's two models also differ in the weights of
///   their losses.
package struct Copies: Splitter {
  package static let card = MethodCard(
    name: "copies", title: "Copies", reference: "https://arxiv.org/abs/2503.21088",
    summary: "The whole corpus several times: merging without splitting.")

  /// Number of copies.
  package var copies = 2

  package init() {}

  package static let ranges: [String: SettingRange] = ["copies": .from(2, to: 1000)]

  package func split(
    _ documents: [ForgetDocument], in context: inout SplitContext
  ) throws -> Split {
    try checkNotEmpty(documents)
    return Split(parts: (1...copies).map { ForgetPart(name: "copy-\($0)", documents: documents) })
  }
}
