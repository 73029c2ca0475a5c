import Formats
import PythonText

/// Something that a task takes from each document: `doc_to_text`, `doc_to_target`, `doc_to_choice`
/// …
struct DocumentField: Sendable {
  enum Source: Sendable {
    /// The name of a column, or a template if there is no such column.
    case template(Template)
    /// The same for every document.
    case constant(Value)
    case function(@Sendable (Document) throws(TemplateFault) -> Value)
  }
  var source: Source
  /// Where it is written: `piqa.yaml:7: doc_to_text`.
  var place: String

  /// How the value came about, which decides whether text is interpreted further.
  struct Filled {
    var value: Value
    var isRendered: Bool
  }

  /// - Parameter columns: what may be a column name: the columns of the evaluated split; `nil` for
  ///   those of the document itself.
  func value(_ document: Document, columns: Set<String>?) throws -> Filled {
    switch source {
    case .constant(let value): return Filled(value: value, isRendered: false)
    case .function(let function): return Filled(value: try function(document), isRendered: false)
    case .template(let template):
      if columns?.contains(template.source) ?? (document[template.source] != nil) {
        return Filled(value: try document.required(template.source), isRendered: false)
      }
      return Filled(value: .string(try template.render(document.fields)), isRendered: true)
    }
  }
}

extension DocumentField {
  /// The field as the task file has it, if it is text.
  var writtenText: String? {
    switch source {
    case .template(let template): template.source
    case .constant(let value): value.stringValue
    case .function: nil
    }
  }
}
