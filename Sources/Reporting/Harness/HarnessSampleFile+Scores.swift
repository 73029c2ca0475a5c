package import Evaluation

extension HarnessSampleFile {
  /// What the harness itself scored in a `samples_*.jsonl`: one record a document, with every filter
  /// and metric.
  ///
  /// Prompts are told apart by the file's hashes.
  /// - Throws: `TaskError` where a row is not such a sample.
  package static func scored(path: String, task: String) throws(TaskError) -> [SampleRecord] {
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

  /// The metrics' values; one that is a pair has its weight under the companion's name.
  private static func metrics(_ columns: Document) -> [String: Double] {
    let names = columns["metrics"]?.items?.map(\.text) ?? Metric.all.map(\.name)
    var values: [String: Double] = [:]
    for name in names {
      guard let value = columns[name] else { continue }
      let items = value.items ?? [value]
      let companions = Metric.all.first { $0.name == name }?.companions ?? []
      for (key, item) in zip([name] + companions, items) {
        if let number = item.doubleValue { values[key] = number }
      }
    }
    return values
  }
}
