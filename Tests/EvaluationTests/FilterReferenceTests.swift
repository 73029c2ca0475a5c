import Formats
import Foundation
import PythonText
import TestSupport
import Testing

@testable import Evaluation

/// Regular expressions, filters and bootstrap errors against Python's and the harness's own.
@Suite struct FilterReferenceTests {
  @Test(arguments: HarnessReferences.files) func regularExpressions(file: String) throws {
    let cases = try HarnessReferences.cases("regex", of: file)
    #expect(cases.count > 50)
    for reference in cases {
      let (pattern, text) = (reference["pattern"]?.text ?? "", reference["text"]?.text ?? "")
      let regex = try PythonRegex(pattern)
      let found = (reference["found"]?.items ?? []).map { ($0.items ?? []).map(\.text) }
      #expect(try regex.findAll(in: text) == found, "\(pattern) in \(text.debugDescription)")
      #expect(
        try regex.replace(in: text, with: #"<\g<0>>"#) == reference["replaced"]?.text, "\(pattern)")
      #expect(
        try regex.replace(in: text, with: "", count: 2) == reference["removed"]?.text, "\(pattern)")
    }
  }

  @Test(arguments: HarnessReferences.files) func pipelines(file: String) throws {
    let cases = try HarnessReferences.cases("filters", of: file)
    #expect(cases.count > 50)
    for reference in cases {
      let steps = reference["steps"]?.items ?? []
      var filters: [any AnswerFilter] = []
      for step in steps {
        let setting = TaskSetting(step, file: "")
        let name = setting["function"]?.string ?? ""
        let type = try #require(AnswerFilters.all.first { $0.name == name })
        var settings = FilterSettings(setting.mapping ?? [])
        filters.append(try type.init(&settings))
        try settings.checkAllRead()
      }
      let pipeline = FilterPipeline(name: "f", filters: filters)
      let document = Document(reference["document"]?.mappingValue ?? Mapping())
      let texts = (reference["texts"]?.items ?? []).map(\.text)
      let place = "\(steps.map(\.text)) on \(texts)"
      if let expected = reference["value"] {
        let value = try? pipeline.apply(texts, document)
        #expect(value == expected, "\(place)")
      } else {
        #expect(throws: TemplateFault.self, "\(place)") { try pipeline.apply(texts, document) }
      }
    }
  }

  @Test(arguments: HarnessReferences.files) func texts(file: String) throws {
    let cases = try HarnessReferences.cases("texts", of: file)
    #expect(cases.count >= 50)
    for reference in cases {
      for metric in TextMetric.all {
        let counts = try metric.count(
          reference["text"]?.text ?? "", reference["reference"]?.text ?? "")
        let expected = reference["scores"]?.mappingValue?[metric.name]?.doubleValue
        expectClose(
          metric.score(counts), expected ?? .nan, absolute: 1e-12,
          "\(metric.name) of \(reference["text"]?.text ?? "") for \(reference["reference"]?.text ?? "")"
        )
      }
    }
  }

  @Test(arguments: HarnessReferences.files) func bootstraps(file: String) throws {
    let cases = try HarnessReferences.cases("bootstrap", of: file)
    #expect(cases.count >= 18)
    for reference in cases {
      let pooling = try #require(Pooling(rawValue: reference["pooling"]?.text ?? ""))
      let rows = (reference["items"]?.items ?? []).map { item in
        (item.items ?? [item]).map { $0.doubleValue ?? .nan }
      }
      let statistic = try pooling.statistic(rows)
      expectClose(
        statistic.value(Array(rows.indices)), reference["value"]?.doubleValue ?? .nan,
        absolute: 1e-14, pooling.rawValue)
      let iterations = reference["iterations"]?.integerValue ?? 0
      let error =
        pooling == .mean
        ? StandardError.ofMean(rows.map { $0[0] })
        : StandardError.bootstrap(count: rows.count, iterations: iterations, statistic: statistic)
      expectClose(
        error ?? .nan, reference["error"]?.doubleValue ?? .nan, absolute: 1e-14,
        "\(pooling.rawValue) of \(rows.count)")
    }
  }
}

extension TaskSetting {
  /// A value that stands in no file.
  fileprivate init(_ value: Value, file: String) {
    let kind: Kind =
      switch value {
      case .list(let items), .tuple(let items): .list(items.map { TaskSetting($0, file: file) })
      case .mapping(let mapping):
        .mapping(
          zip(mapping.keys, mapping.values).map { ($0.text, TaskSetting($1, file: file)) })
      default: .scalar(value)
      }
    self.init(kind: kind, file: file, line: 1)
  }
}
