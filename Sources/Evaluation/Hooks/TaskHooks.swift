import Formats
import Foundation
import PythonText

/// A Swift function that stands in for a Python one that a task file names.
enum TaskHook: Sendable {
  /// `process_docs`: what a document looks like to the rest of the task.
  case document(@Sendable (Document) throws(TemplateFault) -> Document)
  /// `process_docs`: whether a document is kept.
  case selection(@Sendable (Document) throws(TemplateFault) -> Bool)
  /// `doc_to_text`, `doc_to_target`, `doc_to_choice`.
  case field(@Sendable (Document) throws(TemplateFault) -> Value)
  /// `process_results`: metric name → value, from the answers in request order.
  case score(
    @Sendable (Document, [LogLikelihoodAnswer], HarnessProfile) throws(TemplateFault)
      -> [String: Double])
}

/// The table of all hooks.
enum TaskHooks {
  /// Keys are `folder/module.function`: files of other folders use the same names for other things.
  static let all: [String: TaskHook] = [
    "bigbench/utils.filter_multiple_choice": .selection(SubjectHooks.hasChoices),
    "hellaswag/utils.process_docs": .document(HellaSwagHooks.processDocument),
    "mathqa/utils.doc_to_choice": .field(MathQAHooks.choices),
    "pubmedqa/preprocess_pubmedqa.doc_to_text": .field(PubMedQAHooks.text),
    "toxigen/utils.doc_to_target": .field(ToxiGenHooks.target),
    "truthfulqa/utils.process_results_mc2": .score(TruthfulQAHooks.scoreSecondForm),
    "wikitext/preprocess_wikitext.process_results": .score(WikiTextHooks.score),
    "wikitext/preprocess_wikitext.wikitext_detokenizer": .field(WikiTextHooks.text),
    "winogrande/preprocess_winogrande.doc_to_choice": .field(WinoGrandeHooks.choices),
    "winogrande/preprocess_winogrande.doc_to_target": .field(WinoGrandeHooks.target),
    "winogrande/preprocess_winogrande.doc_to_text": .field(WinoGrandeHooks.text),
  ]

  /// The hook that `function` means in a file of this folder, for a task of this name, or for a
  /// data set.
  static func find(
    _ function: String, file: String, task: String, dataset: String
  ) -> TaskHook? {
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent().lastPathComponent
    return all["\(folder)/\(function)"] ?? all["\(task)/\(function)"]
      ?? SubjectHooks.find(function, dataset: dataset)
  }
}

extension Document {
  /// A column's value, or an error that names it and the others.
  func required(_ column: String) throws(TemplateFault) -> Value {
    guard let value = self[column] else {
      throw TemplateFault(
        "there is no column '\(column.shown())'; there are: \(NameList.text(columns))")
    }
    return value
  }

  func requiredString(_ column: String) throws(TemplateFault) -> String {
    let value = try required(column)
    guard let text = value.stringValue else {
      throw TemplateFault("column '\(column.shown())' must be a str, not a \(value.typeName)")
    }
    return text
  }

  func requiredList(_ column: String) throws(TemplateFault) -> [Value] {
    let value = try required(column)
    guard let items = value.items else {
      throw TemplateFault("column '\(column.shown())' must be a list, not a \(value.typeName)")
    }
    return items
  }
}
