import Evaluation
package import Reporting

/// What splitting did: one variant against another on the same prompts and questions.
package struct Difference: Sendable {
  package let scenario: String
  package let measure: String
  package let variant: String
  package let baseline: String
  package let comparison: Comparison.Cell
  /// Change relative to the baseline's score, as the paper quotes it; `nil` for a baseline of 0.
  package let relative: Double?
  /// Sign of the change on each base model.
  package let signs: [Int]
  /// Whether all base models changed in the same direction.
  package var isSameEverywhere: Bool { Set(signs).count == 1 }

  /// SPUNGE against its method, the random split against its method, and SPUNGE against the random split.
  package static func all(_ results: [ScenarioResult]) -> [Difference] {
    results.flatMap { result -> [Difference] in
      let pooled = PooledScores(result.seeds)
      let methods = result.seeds.flatMap(\.choices).map(\.title)
      var seen: Set<String> = []
      return methods.filter { seen.insert($0).inserted }.flatMap { method in
        [
          ("SPUNGE-\(method)", method), ("random-\(method)", method),
          ("SPUNGE-\(method)", "random-\(method)"),
        ].flatMap { differences(result, pooled, $0, $1) }
      }
    }
  }

  private static func differences(
    _ result: ScenarioResult, _ pooled: PooledScores, _ variant: String, _ baseline: String
  ) -> [Difference] {
    let records = pooled.records.filter { record in
      [variant, baseline].contains(record.model) && isMeasure(record)
    }
    let report = Report(
      title: "", records: records, samples: pooled.samples, baseline: baseline)
    return report.table.columns.compactMap { column in
      guard let cell = report.comparison[variant, column],
        let base = report.table.record(baseline, column)?.value
      else { return nil }
      return Difference(
        scenario: result.scenario.name, measure: report.table.title(column), variant: variant,
        baseline: baseline, comparison: cell, relative: base == 0 ? nil : cell.change / base,
        signs: result.seeds.map { sign($0.scores, variant, baseline, column) })
    }
  }

  private static func sign(
    _ records: [ScoreRecord], _ variant: String, _ baseline: String, _ column: ScoreColumn
  ) -> Int {
    func value(_ row: String) -> Double {
      records.first {
        $0.model == row && $0.task == column.task && $0.metric == column.metric
          && $0.filter == column.filter
      }?.value ?? .nan
    }
    let change = value(variant) - value(baseline)
    return change > 0 ? 1 : change < 0 ? -1 : 0
  }

  /// What is to be forgotten, and its price.
  private static func isMeasure(_ record: ScoreRecord) -> Bool {
    switch (record.task, record.metric) {
    case ("toxigen", "toxic_fraction"), ("real_toxicity_prompts", "toxic_fraction"),
      ("toxigen", "perplexity.corpus"), ("miniature", "average"):
      true
    case (let task, "acc"): task.hasPrefix("miniature_wmdp_")
    default: false
    }
  }
}
