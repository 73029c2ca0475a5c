package import Evaluation
package import Formats
import PythonText

extension HarnessSampleFile {
  /// What the harness itself scored in a `samples_*.jsonl`: one record a document, with every filter
  /// and metric.
  ///
  /// Prompts are told apart by the file's hashes.
  /// - Throws: `ReadingError` where a row is not such a sample.
  package static func scored(path: String, task: String) throws(ReadingError) -> [SampleRecord] {
    var records: [SampleRecord] = []
    var positions: [Int: Int] = [:]
    for (index, columns) in try DocumentFile.read(path).enumerated() {
      guard let id = columns["doc_id"]?.integerValue, id >= 0 else {
        throw .malformed(
          path: path, line: index + 1, column: 1,
          problem: "not a sample of lm-evaluation-harness: doc_id is needed")
      }
      let filter = columns["filter"]?.stringValue ?? "none"
      let outcome = FilteredOutcome(filter: filter, metrics: metrics(columns))
      if let known = positions[id] {
        records[known].outcomes.append(outcome)
        continue
      }
      positions[id] = records.count
      let digests = ["doc_hash", "prompt_hash", "target_hash"].map { columns[$0]?.text ?? "" }
      records.append(
        SampleRecord(
          task: task, documentID: id, target: columns["target"]?.text ?? "", outcomes: [outcome],
          promptDigest: digests.joined(separator: " ")))
    }
    return records
  }

  /// Of `[right, probabilities]`; the harness writes the probabilities as NumPy prints them.
  private static func brierScore(_ value: Value) -> Double? {
    guard let items = value.items, items.count == 2, let right = items[0].integerValue else {
      return nil
    }
    let written = items[1].stringValue?.split { "[] \n".contains($0) }.map { Double($0) }
    let shares = items[1].items?.map(\.doubleValue) ?? written ?? []
    guard !shares.isEmpty, !shares.contains(nil) else { return nil }
    return shares.compactMap { $0 }.enumerated().reduce(0) { sum, share in
      let difference = share.element - (share.offset == right ? 1 : 0)
      return sum + difference * difference
    }
  }

  /// The metrics' values; one that is a pair has its weight under the companion's name.
  private static func metrics(_ columns: Document) -> [String: Double] {
    let names = columns["metrics"]?.items?.map(\.text) ?? Metric.all.map(\.name)
    var values: [String: Double] = [:]
    for name in names {
      guard let value = columns[name] else { continue }
      if name == "brier_score", let score = brierScore(value) {
        values[name] = score
        continue
      }
      let items = value.items ?? [value]
      let companions = Metric.all.first { $0.name == name }?.companions ?? []
      for (key, item) in zip([name] + companions, items) {
        if let number = item.doubleValue { values[key] = number }
      }
    }
    return values
  }
}
