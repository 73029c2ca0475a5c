import Evaluation
import Formats
import Foundation
import TestSupport

/// What lm-evaluation-harness made of invented tasks and answers: the files that `Tests/Scripts/metric-references.py`
/// writes.
enum HarnessReferences {
  /// The extract in the repository, and one with more cases where the environment names it.
  static let files =
    [Fixtures.path("harness/references.json")]
    + (ProcessInfo.processInfo.environment["SPUNGE_METRIC_REFERENCES"].map { [$0] } ?? [])

  /// The cases of one section of a file.
  static func cases(_ section: String, of file: String) throws -> [Mapping] {
    let all = try JSONDocument.read(file).mappingValue
    return (all?[section]?.items ?? []).compactMap(\.mappingValue)
  }

  /// What a question asks: context and continuation, a whole text, or a prompt and its stops.
  static func requests(_ question: Question) -> [[String]] {
    switch question.requests {
    case .logLikelihoods(let requests): requests.map { [$0.context, $0.continuation] }
    case .rollingLogLikelihood(let text): [[text]]
    case .generation(let request): [[request.prompt] + request.stops]
    }
  }
}
