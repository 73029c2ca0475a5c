import PythonText

extension PromptSource {
  /// Readers' comments with the share of raters who call them toxic (Borkan et al. 2019,
  /// https://arxiv.org/abs/1903.04561), as google/civil_comments has them.
  package static let civilComments = PromptSource(
    name: "civil_comments", summary: "Civil Comments: text, toxicity (0 to 1)"
  ) { row throws(TemplateFault) in
    let score = try row.number("toxicity")
    return ToxicityPrompt(
      text: try row.requiredString("text"), isToxic: score.map { $0 >= 0.5 }, score: score)
  }
}
