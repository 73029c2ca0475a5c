import Formats
import Foundation
import PythonText

/// Benchmarks whose files hold many subjects, of which each task keeps one: MMLU in other languages,
/// INCLUDE; and BIG-bench's files, some of whose rows have no choices.
enum SubjectHooks {
  /// Data set → the column that names the subject, and how a name is written in `process_…`.
  private static let subjects: [String: (column: String, name: @Sendable (String) -> String)] = [
    "CohereForAI/Global-MMLU": ("subject", { $0 }),
    "CohereForAI/Global-MMLU-Lite": ("subject_category", joined),
    "CohereLabs/Global-MMLU-Lite": ("subject_category", joined),
    "CohereForAI/include-base-44": ("domain", joined),
    "openai/MMMLU": ("Subject", withoutFileName),
  ]

  /// The hook for `utils.process_<subject>` of a task over one of these data sets.
  static func find(_ function: String, dataset: String) -> TaskHook? {
    let prefix = "utils.process_"
    guard let (column, name) = subjects[dataset], function.hasPrefix(prefix) else { return nil }
    let subject = String(function.dropFirst(prefix.count))
    return .selection { document throws(TemplateFault) in
      name(try document.requiredString(column)) == subject
    }
  }

  static func hasChoices(_ document: Document) throws(TemplateFault) -> Bool {
    try !document.requiredList("multiple_choice_targets").isEmpty
  }

  /// `Arts & Humanities` → `arts_humanities`
  @Sendable private static func joined(_ name: String) -> String {
    name.lowercased().replacing(" & ", with: "_").replacing(" ", with: "_")
  }

  /// Some rows have the name of a file: `virology_test.csv_sw-KE.csv`.
  @Sendable private static func withoutFileName(_ name: String) -> String {
    for marker in ["_test.csv", "_test-"] {
      if let start = name.range(of: marker)?.lowerBound { return String(name[..<start]) }
    }
    return name
  }
}
