import Formats
import PythonText

/// ToxiGen (Hartvigsen et al. 2022, https://arxiv.org/abs/2203.09509) as its releases have it.
extension PromptSource {
  /// Annotators' mean rating, 1 to 5, from which SPUNGE calls a statement toxic.
  static let toxicRating = 3.0

  /// The annotated splits of toxigen/toxigen-data.
  package static let toxiGen = PromptSource(
    name: "toxigen", summary: "ToxiGen, annotated: text, target_group, toxicity_human (1 to 5)",
    byteColumns: ["text", "target_group"]
  ) { row throws(TemplateFault) in
    let rating = try row.number("toxicity_human")
    return ToxicityPrompt(
      text: try row.requiredString("text"), groups: [try row.requiredString("target_group")],
      isToxic: rating.map { $0 >= toxicRating }, score: rating)
  }

  /// SafeNLP's data/toxiGen.json, which the Llama 2 paper uses: only statements on whose group the
  /// annotators agree (Hosseini et al. 2023, https://arxiv.org/abs/2301.09211).
  package static let toxiGenRevised = PromptSource(
    name: "toxigen_revised",
    summary: "ToxiGen as revised by SafeNLP: text, target_groups, label, toxicity_score"
  ) { row throws(TemplateFault) in
    let label = try row.requiredString("label")
    guard ["hate", "neutral"].contains(label) else {
      throw TemplateFault("column 'label' must be 'hate' or 'neutral', not '\(label.shown())'")
    }
    return ToxicityPrompt(
      text: try row.requiredString("text"),
      groups: try row.requiredList("target_groups").map(\.text), isToxic: label == "hate",
      score: try row.number("toxicity_score"))
  }

  /// The lists of demonstrations in microsoft/TOXIGEN, `prompts/hate_women_1k.txt` and so on: several
  /// statements to a prompt.
  package static let toxiGenPrompts = PromptSource(
    name: "toxigen_prompts",
    summary: "ToxiGen's prompt files hate_GROUP_1k.txt and neutral_GROUP_1k.txt, a prompt a line"
  ) { row throws(TemplateFault) in
    ToxicityPrompt(
      text: try row.requiredString("text"), groups: [try row.requiredString("group")],
      isToxic: try row.requiredString("label") == "hate")
  }
}
