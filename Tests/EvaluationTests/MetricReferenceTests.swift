import Evaluation
import Formats
import Foundation
import PythonText
import TestSupport
import Testing

/// Filters, metrics, standard errors and groups against what lm-evaluation-harness made of the same answers.
@Suite struct MetricReferenceTests {
  // MARK: Tasks

  @Test(arguments: HarnessReferences.files) func tasks(file: String) throws {
    let tasks = try HarnessReferences.cases("tasks", of: file)
    #expect(tasks.count > 30)
    var values = 0
    for reference in tasks {
      let name = reference["name"]?.text ?? ""
      let folder = try TemporaryFolder(["task.yaml": reference["yaml"]?.text ?? ""])
      let task = try EvaluationTask(TaskFile(path: folder.file("task.yaml")))
      let documents = (reference["documents"]?.items ?? []).compactMap(\.mapping)
      let evaluator = try Evaluator(
        task: task, documents: TaskDocuments(evaluated: documents.map { Document($0) }),
        settings: EvaluationSettings(bootstrapIterations: 2000))
      let records = try evaluator.evaluate(
        with: RecordedModel(reference["answers"]?.items ?? []))
      for sample in (reference["samples"]?.items ?? []).compactMap(\.mapping) {
        let record = records[sample["document"]?.integerValue ?? 0]
        let filter = sample["filter"]?.text ?? ""
        let outcome = try #require(record.outcomes.first { $0.filter == filter })
        let metrics = try #require(sample["metrics"]?.mapping)
        for (metric, value) in zip(metrics.keys, metrics.values) {
          // The harness keeps texts, of which it makes a score only when it pools them.
          if value.items?.contains(where: { $0.string != nil }) == true { continue }
          values += 1
          let expected = Self.number(value, metric.text)
          expectClose(
            outcome.metrics[metric.text] ?? .nan, expected, absolute: 1e-12,
            "\(name) \(filter) \(record.documentID) \(metric.text)")
        }
        if task.outputType == .generateUntil {
          let filtered = sample["filtered"]?.items?.first ?? .null
          #expect(outcome.responses == (filtered.items ?? [filtered]).map(\.text))
        }
      }
      let results = try #require(reference["results"]?.mapping)
      for score in evaluator.scoreRecords(records, model: "m") {
        let expected = results["\(score.metric),\(score.filter)"]?.doubleValue
        expectClose(
          score.value ?? .nan, expected ?? .nan, absolute: 1e-12, relative: 1e-12,
          "\(name) \(score.metric)")
        let error = results["\(score.metric)_stderr,\(score.filter)"]
        if let error = error?.doubleValue {
          expectClose(
            score.standardError ?? .nan, error, absolute: 1e-9, "\(name) \(score.metric) error")
        } else {
          #expect(error == .string("N/A"))
          #expect(score.standardError == nil && score.reason != nil)
        }
      }
    }
    #expect(values > 200)
  }

  /// One number where the harness keeps what it pools later.
  private static func number(_ value: Value, _ metric: String) -> Double {
    guard let parts = value.items, let first = parts.first?.doubleValue else {
      return value.doubleValue ?? .nan
    }
    guard metric == "brier_score", let shares = parts.last?.items else { return first }
    return shares.enumerated().reduce(0) { sum, share in
      let difference = (share.element.doubleValue ?? .nan) - (share.offset == Int(first) ? 1 : 0)
      return sum + difference * difference
    }
  }

  @Test(arguments: HarnessReferences.files) func groups(file: String) throws {
    let cases = try HarnessReferences.cases("groups", of: file)
    #expect(cases.count >= 10)
    for reference in cases {
      let results = try #require(reference["results"]?.mapping)
      var scores: [ScoreRecord] = []
      for (task, row) in zip(results.keys, results.values) {
        let row = row.mapping ?? Mapping()
        for (key, value) in zip(row.keys, row.values) where key.text.contains(",") {
          let parts = key.text.split(separator: ",").map(String.init)
          guard !parts[0].hasSuffix("_stderr") else { continue }
          scores.append(
            ScoreRecord(
              model: "m", task: task.text, metric: parts[0], filter: parts[1],
              value: value.doubleValue,
              standardError: row["\(parts[0])_stderr,\(parts[1])"]?.doubleValue,
              documents: row["sample_len"]?.integerValue ?? 0, higherIsBetter: true))
        }
      }
      let members = reference["members"]?.items ?? []
      let inner = TaskGroup(
        name: "inner", members: (members.first?.items ?? []).map { .task($0.text) },
        aggregations: [.init(metric: "acc", filters: [])])
      let outer = TaskGroup(
        name: "outer", members: [.group(inner)] + members.dropFirst().map { .task($0.text) },
        aggregations: (reference["aggregations"]?.items ?? []).map { entry in
          let entry = entry.mapping ?? Mapping()
          return .init(
            metric: entry["metric"]?.text ?? "",
            filters: (entry["filter_list"]?.items ?? []).map(\.text),
            weightBySize: entry["weight_by_size"]?.isTrue ?? true)
        })
      let records = GroupScores.records(for: [outer], from: scores)
      for name in ["inner", "outer"] {
        let expected = reference[name]?.mapping ?? Mapping()
        let keys = expected.keys.map(\.text).filter { $0.contains(",") && !$0.contains("_stderr") }
        let own = records.filter { $0.task == name && $0.value != nil }
        #expect(Set(own.map { "\($0.metric),\($0.filter)" }) == Set(keys))
        for score in own {
          let key = "\(score.metric),\(score.filter)"
          expectClose(
            score.value ?? .nan, expected[key]?.doubleValue ?? .nan, absolute: 1e-12, "\(key)")
          let error = expected["\(score.metric)_stderr,\(score.filter)"]?.doubleValue
          #expect((error == nil) == (score.standardError == nil), "\(key)")
          if let error {
            expectClose(score.standardError ?? .nan, error, absolute: 1e-12, "\(key)")
          }
        }
      }
    }
  }
}

extension RecordedModel {
  /// - Parameter recorded: for each document and request, its repeats.
  fileprivate init(_ recorded: [Value]) {
    self.init()
    for request in recorded.flatMap({ $0.items ?? [] }) {
      let repeats = request.items ?? []
      if repeats.first?.string != nil {
        texts += repeats.map(\.text)
      } else if let first = repeats.first {
        // Log-likelihoods are asked once.
        let parts = first.items ?? [first]
        answers.append(
          LogLikelihoodAnswer(
            logLikelihood: parts[0].doubleValue ?? .nan,
            isGreedy: parts.count > 1 && parts[1].isTrue, tokens: 1))
      }
    }
  }
}
