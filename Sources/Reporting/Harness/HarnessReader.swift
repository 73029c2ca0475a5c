package import Evaluation
package import Formats
import Foundation
import PythonText

/// Scores from a `results_*.json` of lm-evaluation-harness, ours or its own.
///
/// Version 0.4 writes `"acc,none"`: metric and filter. Version 0.3 and leaderboards of its time write the
/// metric alone.
package enum HarnessReader {
  /// - Parameters:
  ///   - path: the file.
  ///   - model: the row's name; `nil` for the name of the model in the file.
  /// - Throws: `ReadingError` where the file is not such a result, or holds no score.
  package static func scores(path: String, model: String? = nil) throws(ReadingError)
    -> [ScoreRecord]
  {
    guard let content = try JSONDocument.read(path).mappingValue else {
      throw .unreadable(path: path, problem: "expected a JSON object")
    }
    guard let results = content["results"]?.mappingValue else {
      throw .unreadable(path: path, problem: "it has no 'results'; a results_*.json was expected")
    }
    let rows = zip(results.keys, results.values).compactMap { task, row in
      row.mappingValue.map { (task: task.text, row: $0) }
    }
    let namesFilters = rows.contains { $0.row.keys.contains { $0.text.contains(",") } }
    let name = model ?? Self.name(content, path: path)
    let file = HarnessResultsFile(content: content, model: name)
    let scores = rows.flatMap { file.scores($0.task, $0.row, namesFilters: namesFilters) }
    if scores.isEmpty {
      throw .unreadable(
        path: path,
        problem: "no row of 'results' has a number under a metric's name, such as \"acc,none\" or "
          + "\"acc\"; its rows: \(rows.isEmpty ? "none" : NameList.text(rows.map(\.task)))")
    }
    return scores
  }

  /// The last part of the model's name, as rows are called.
  private static func name(_ content: Mapping, path: String) -> String {
    let arguments = content["config"]?.mappingValue?["model_args"]
    let written =
      content["model_name"]?.stringValue
      ?? content["config_general"]?.mappingValue?["model_name"]?.stringValue
      ?? arguments?.mappingValue?["pretrained"]?.stringValue
      ?? arguments?.stringValue.flatMap(pretrained)
    guard let written, !written.isEmpty else {
      return URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }
    let name = URL(fileURLWithPath: written).lastPathComponent
    // Many model names contain dots; this suffix is a file extension.
    return name.hasSuffix(".gguf") ? String(name.dropLast(".gguf".count)) : name
  }

  /// `x` of `pretrained=x,dtype=float16`.
  private static func pretrained(_ arguments: String) -> String? {
    arguments.split(separator: ",").first { $0.hasPrefix("pretrained=") }
      .map { String($0.dropFirst("pretrained=".count)) }
  }
}

/// What a results file says about its tasks.
private struct HarnessResultsFile {
  let content: Mapping
  let model: String

  /// - Parameter namesFilters: whether the file writes filters behind metrics; what has none is then no
  ///   score.
  func scores(_ task: String, _ row: Mapping, namesFilters: Bool) -> [ScoreRecord] {
    zip(row.keys, row.values).compactMap { key, value in
      let parts = key.text.split(separator: ",", maxSplits: 1).map(String.init)
      guard parts.count == (namesFilters ? 2 : 1), !parts[0].hasSuffix("_stderr"),
        namesFilters || !Self.descriptions.contains(parts[0]), let number = Self.number(value)
      else { return nil }
      let filter = namesFilters ? parts[1] : "none"
      let errorKey = namesFilters ? "\(parts[0])_stderr,\(filter)" : "\(parts[0])_stderr"
      return ScoreRecord(
        model: model, task: task, metric: parts[0], filter: filter, value: number,
        standardError: row[errorKey]?.doubleValue, documents: documents(task, row),
        higherIsBetter: isHigherBetter(task, parts[0]), fewShot: fewShot(task),
        taskVersion: content["versions"]?.mappingValue?[task]?.text ?? "0",
        members: content["group_subtasks"]?.mappingValue?[task]?.items?.map(\.text))
    }
  }

  /// Numeric columns that are not scores.
  private static let descriptions: Set<String> = [
    "sample_len", "samples", "num_samples", "truncated",
  ]

  /// Booleans are not scores.
  private static func number(_ value: Value) -> Double? {
    if case .bool = value { return nil }
    return value.doubleValue
  }

  /// 0 if the file does not record it.
  private func documents(_ task: String, _ row: Mapping) -> Int {
    row["sample_len"]?.integerValue
      ?? content["n-samples"]?.mappingValue?[task]?.mappingValue?["effective"]?.integerValue ?? 0
  }

  private func isHigherBetter(_ task: String, _ metric: String) -> Bool {
    content["higher_is_better"]?.mappingValue?[task]?.mappingValue?[metric]?.isTrue
      ?? Metric.all.first { $0.name == metric }?.higherIsBetter ?? (metric != "ppl")
  }

  /// Of the task, else of the run; leaderboards write it behind the task: `harness|arc:challenge|25`.
  private func fewShot(_ task: String) -> Int {
    content["n-shot"]?.mappingValue?[task]?.integerValue
      ?? content["config"]?.mappingValue?["num_fewshot"]?.integerValue
      ?? task.split(separator: "|").dropFirst().last.flatMap { Int($0) } ?? 0
  }
}
