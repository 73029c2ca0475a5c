package import Formats
import PythonText

/// What can be wrong with a measurement of toxicity.
package enum ToxicityError: ExitingError, Sendable, CustomStringConvertible, Equatable {
  case unknownSource(String, known: [String])
  case unknownProtocol(String, known: [String])
  case badRule(String)
  case unknownGroups([String], known: [String])
  case row(path: String, row: Int, problem: String)
  /// The file's name says neither label nor group.
  case promptFileName(path: String)
  case noPrompts(path: String, notes: [String])
  case noTemplatePlace(String)
  case unknownLabel(String, labels: [String])
  /// A classifier whose labels do not say which means toxic.
  case noToxicLabel(labels: [String])
  case notFinite(text: String)
  case unanswered(what: String, id: String)
  case nothingStored(path: String)

  package var blame: Blame {
    if case .notFinite = self { .run } else { .input }
  }

  package var description: String {
    switch self {
    case .unknownSource(let name, let known):
      "unknown source of prompts '\(name.shown())'\(NearName.suggestion(for: name, in: known)); known sources: "
        + known.joined(separator: ", ")
    case .unknownProtocol(let name, let known):
      "unknown toxicity protocol '\(name.shown())'\(NearName.suggestion(for: name, in: known)); known protocols: "
        + known.joined(separator: ", ")
    case .badRule(let text):
      "'\(text.shown())' is not a rule; write a column, one of >= <= == > < and a number, for example "
        + "'toxicity_human >= 3'"
    case .unknownGroups(let names, let known):
      "no row is about the group \(names.joined(separator: ", ").shown()); the file's groups: "
        + (known.isEmpty ? "none" : NameList.text(known))
    case .row(let path, let row, let problem):
      "\(path), row \(row) (counted from 1): \(problem)"
    case .promptFileName(let path):
      "\(path.shown(limit: 500)): the name must say label and group, as in hate_women_1k.txt"
    case .noPrompts(let path, let notes):
      "\(path.shown(limit: 500)): no prompt is left" + notes.map { "\n  \($0)" }.joined()
    case .noTemplatePlace(let template):
      "the prompt template '\(template.shown())' has no {prompt}, the place of the data set's text"
    case .unknownLabel(let label, let labels):
      "the classifier has no label '\(label.shown())'; its labels: \(NameList.text(labels))"
    case .noToxicLabel(let labels):
      "which of the classifier's labels means toxic? they are \(NameList.text(labels)); name "
        + "it with the setting toxicLabel"
    case .notFinite(let text):
      "the classifier's answer to '\(text.shown(limit: 60))' is not a number: its weights are damaged; no "
        + "score can be given"
    case .unanswered(let what, let id): "the \(what) gave no answer to prompt \(id)"
    case .nothingStored(let path):
      "\(path) holds no completions: completions/<variant>/<source>.jsonl is what 'toxicity --output' "
        + "and 'run' leave there"
    }
  }
}
