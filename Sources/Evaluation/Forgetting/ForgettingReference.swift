package import Formats
import PythonText

/// What a model that never saw the forgotten texts says of them, with which an unlearned one is compared.
package struct ForgettingReference: Sendable {
  /// The model, or the file.
  package let name: String
  /// TOFU's ratios of the forget set, wrong / right.
  let truthRatios: [Double]?
  /// Area of Min-K% between forget and holdout set.
  let lowestArea: Double?
  /// Its answers; `nil` where only a file of numbers is known.
  let samples: ForgettingSamples?

  /// A model that answered the same questions.
  package init(_ evaluation: ForgettingEvaluation) {
    name = evaluation.model
    truthRatios = evaluation.truthRatios
    lowestArea = evaluation[ForgettingEvaluation.lowestArea]?.value
    samples = evaluation.samples
  }

  /// Why a number that needs a reference has no value.
  static let missing =
    "there is no retain model to compare with; name one with --reference, or in an "
    + "experiment as a variant with 'model' or as table.reference"

  private static let ratioNames = ["forget_truth_ratio", "forget_Truth_Ratio"]

  /// A `TOFU_EVAL.json` or `MUSE_EVAL.json`, open-unlearning's or ours.
  ///
  /// - Throws: `ReadingError` where the file is no such result.
  package init(path: String) throws(ReadingError) {
    name = path
    samples = nil
    guard let content = try JSON.read(path).mapping else {
      throw .unreadable(path: path, problem: "expected a JSON object of metrics")
    }
    let ratios = Self.ratioNames.lazy.compactMap { content[$0]?.mapping }.first
    var values: [Double]?
    if let rows = ratios?["value_by_index"]?.mapping {
      var found: [Double] = []
      for (key, row) in zip(rows.keys, rows.values) {
        guard let score = row.mapping?["score"]?.doubleValue, !score.isNaN else {
          throw .unreadable(
            path: path,
            problem:
              "forget_truth_ratio: value_by_index: '\(key.text.shown())' has no number 'score'")
        }
        found.append(score)
      }
      values = found
    }
    truthRatios = values
    lowestArea = content["mia_min_k"]?.mapping?["agg_value"]?.doubleValue
    if truthRatios == nil, lowestArea == nil {
      throw .unreadable(
        path: path,
        problem: "it has neither 'forget_truth_ratio' with 'value_by_index' nor 'mia_min_k' with "
          + "'agg_value'; give the retain model's TOFU_EVAL.json or MUSE_EVAL.json")
    }
  }
}
