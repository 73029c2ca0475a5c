import Formats
import Foundation
import LanguageModels

/// README.md of an unlearned or merged model, in the format of the Hugging Face Hub.
package enum ModelCard {
  /// - Parameters:
  ///   - name: the model's name, for the heading.
  ///   - base: what it was made from.
  ///   - provenance: how.
  package static func text(
    name: String, base: ModelOverlay.Base, provenance: Provenance
  ) -> String {
    let baseName =
      ModelLocation.repository(of: base.path) ?? (base.path as NSString).lastPathComponent
    let formatter = ISO8601DateFormatter()
    var facts = [
      ("Base", baseName.markdownCode),
      ("Step", provenance.step),
      (
        "Method",
        provenance.reference.isEmpty
          ? provenance.title : "[\(provenance.title)](\(provenance.reference))"
      ),
      ("Made by", provenance.program),
      ("Made", formatter.string(from: provenance.created)),
    ]
    if let seed = provenance.seed { facts.append(("Seed", "\(seed)")) }
    let files =
      base.files.map { ("base", $0.name, $0.sha256) }
      + provenance.inputs.map { ($0.role, ($0.path as NSString).lastPathComponent, $0.sha256) }
    return """
      ---
      library_name: transformers
      pipeline_tag: text-generation
      base_model: \(quoted(baseName))
      base_model_relation: \(provenance.step == "merge" ? "merge" : "finetune")
      tags:
        - unlearning
        - \(provenance.method)
      ---

      # \(name.markdown)

      \(baseName.markdownCode) after unlearning: \(provenance.title). \
      Unlearning hides knowledge rather than proves its absence; test before relying on it.

      | | |
      |---|---|
      \(facts.map { "| \($0) | \($1) |" }.joined(separator: "\n"))

      ## Settings

      ```yaml
      \(settings(provenance))
      ```

      ## Made from

      | role | file | SHA-256 |
      |---|---|---|
      \(files.map { "| \($0.markdown) | \($1.markdownCode) | \($2.markdownCode) |" }.joined(separator: "\n"))

      """
  }

  private static func settings(_ provenance: Provenance) -> String {
    let text = provenance.settings.trimmingCharacters(in: .whitespacesAndNewlines)
    return "method: \(provenance.method)" + (text.isEmpty ? "" : "\n\(text)")
  }

  /// A YAML string.
  private static func quoted(_ text: String) -> String {
    "\"" + text.oneLine.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
