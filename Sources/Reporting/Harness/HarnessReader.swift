package import Evaluation
import Foundation

/// Scores from a `results_*.json` of lm-evaluation-harness, ours or its own.
package enum HarnessReader {
  /// - Parameters:
  ///   - path: the file.
  ///   - model: the row's name; `nil` for the name of the model in the file.
  /// - Throws: `TaskError` where the file is not such a result.
  package static func scores(path: String, model: String? = nil) throws(TaskError) -> [ScoreRecord]
  {
    let content = try object(path)
    guard let results = content["results"]?.mappingValue else {
      throw .unreadable(path: path, problem: "it has no 'results'; a results_*.json was expected")
    }
    let name = model ?? Self.name(content, path: path)
    let subtasks = content["group_subtasks"]?.mappingValue
    var scores: [ScoreRecord] = []
    for (task, row) in zip(results.keys, results.values) {
      guard let row = row.mappingValue else { continue }
      let directions = content["higher_is_better"]?.mappingValue?[task]?.mappingValue
      for (key, value) in zip(row.keys, row.values) {
        // "acc,none": everything else in a row is no score.
        let parts = key.text.split(separator: ",", maxSplits: 1).map(String.init)
        guard parts.count == 2, !parts[0].hasSuffix("_stderr"), let number = value.doubleValue
        else { continue }
        scores.append(
          ScoreRecord(
            model: name, task: task.text, metric: parts[0], filter: parts[1], value: number,
            standardError: row["\(parts[0])_stderr,\(parts[1])"]?.doubleValue,
            documents: row["sample_len"]?.integerValue ?? 0,
            higherIsBetter: directions?[parts[0]]?.isTrue ?? true,
            fewShot: content["n-shot"]?.mappingValue?[task]?.integerValue ?? 0,
            taskVersion: content["versions"]?.mappingValue?[task]?.text ?? "0",
            members: subtasks?[task]?.items?.map(\.text)))
      }
    }
    return scores
  }

  private static func object(_ path: String) throws(TaskError) -> TemplateMapping {
    guard let content = try JSONDocument.read(path).mappingValue else {
      throw .unreadable(path: path, problem: "expected a JSON object")
    }
    return content
  }

  /// The last part of the model's path, as rows are called.
  private static func name(_ content: TemplateMapping, path: String) -> String {
    let written = content["model_name"]?.stringValue ?? path
    return URL(fileURLWithPath: written).deletingPathExtension().lastPathComponent
  }
}
