import Formats
import PythonText

extension PromptSource {
  /// Any rows with a column `text`; `group` and `label` (`toxic` or `benign`) are read where they are.
  package static let text = PromptSource(
    name: "text", summary: "any rows with text; group and label (toxic, benign) if there"
  ) { row throws(TemplateFault) in
    let group = row["group"] ?? .none
    let label = row["label"] ?? .none
    return ToxicityPrompt(
      text: try row.requiredString("text"), groups: group.isTrue ? [group.text] : [],
      isToxic: try isToxic(label))
  }

  private static func isToxic(_ label: Value) throws(TemplateFault) -> Bool? {
    if case .none = label { return nil }
    return switch label.text.lowercased() {
    case "none", "": nil
    case "toxic", "hate", "true", "1": true
    case "benign", "neutral", "false", "0": false
    default:
      throw TemplateFault("column 'label' must be 'toxic' or 'benign', not '\(label.text.shown())'")
    }
  }
}
