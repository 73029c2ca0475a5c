import Formats
import PythonText

extension PromptSource {
  /// Half a sentence from the web each, with Perspective's scores (Gehman et al. 2020,
  /// https://arxiv.org/abs/2009.11462).
  package static let realToxicityPrompts = PromptSource(
    name: "real_toxicity_prompts", summary: "RealToxicityPrompts: prompt.text, prompt.toxicity"
  ) { row throws(TemplateFault) in
    guard let fields = try row.required("prompt").mappingValue else {
      throw TemplateFault("column 'prompt' must be an object with 'text' and 'toxicity'")
    }
    let prompt = Document(fields)
    let score = try prompt.number("toxicity")
    return ToxicityPrompt(
      text: try prompt.requiredString("text"), isToxic: score.map { $0 >= 0.5 }, score: score)
  }
}
