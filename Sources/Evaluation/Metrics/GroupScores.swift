/// Scores of groups, pooled from the scores of the tasks below them as lm-evaluation-harness does
/// it.
package enum GroupScores {
  /// One row per model, group, aggregated metric and filter; inner groups come first.
  ///
  /// - Parameter scores: of tasks; those of groups are ignored.
  package static func records(
    for groups: [TaskGroup], from scores: [ScoreRecord]
  ) -> [ScoreRecord] {
    var ordered: [TaskGroup] = []
    for group in groups { collect(group, into: &ordered) }
    var models: [String] = []
    for score in scores where !models.contains(score.model) { models.append(score.model) }
    return models.flatMap { model in
      let own = Dictionary(grouping: scores.filter { $0.model == model && $0.members == nil }) {
        $0.task
      }
      return ordered.flatMap { records(for: $0, model: model, own) }
    }
  }

  private static func collect(_ group: TaskGroup, into groups: inout [TaskGroup]) {
    for case .group(let inner) in group.members { collect(inner, into: &groups) }
    if !groups.contains(where: { $0.name == group.name }) { groups.append(group) }
  }

  /// Tasks below a group. One that is in two inner groups counts twice, as in the harness.
  private static func leaves(_ group: TaskGroup) -> [String] {
    group.members.flatMap { member in
      switch member {
      case .task(let name): [name]
      case .group(let inner): leaves(inner)
      }
    }
  }

  private static func records(
    for group: TaskGroup, model: String, _ scores: [String: [ScoreRecord]]
  ) -> [ScoreRecord] {
    let tasks = leaves(group)
    let all = tasks.flatMap { scores[$0] ?? [] }
    return group.aggregations.flatMap { aggregation in
      let own = Set(all.filter { $0.metric == aggregation.metric }.map(\.filter)).sorted()
      let filters = aggregation.filters.isEmpty ? own : aggregation.filters
      return filters.map { filter in
        pool(aggregation, filter: filter, tasks: tasks, scores, ofGroup: group, model: model)
      }
    }
  }

  private static func pool(
    _ aggregation: TaskGroup.Aggregation, filter: String, tasks: [String],
    _ scores: [String: [ScoreRecord]], ofGroup group: TaskGroup, model: String
  ) -> ScoreRecord {
    let found = tasks.compactMap { task in
      scores[task]?.last {
        $0.metric == aggregation.metric && $0.filter == filter && $0.value != nil
      }
    }
    let shots = Set(found.map(\.fewShot))
    var record = ScoreRecord(
      model: model, task: group.name, metric: aggregation.metric, filter: filter, value: nil,
      standardError: nil, documents: found.reduce(0) { $0 + $1.documents },
      higherIsBetter: found.first?.higherIsBetter ?? true,
      fewShot: shots.count == 1 ? shots.first ?? 0 : 0, taskVersion: group.version,
      members: found.map(\.task))
    guard !found.isEmpty, record.documents > 0 else {
      record.reason = "no task of the group has a score"
      return record
    }
    let values = found.compactMap(\.value)
    let sizes = found.map { Double($0.documents) }
    let weights = aggregation.weightBySize ? sizes : sizes.map { _ in 1 }
    record.value = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
    let errors = found.compactMap(\.standardError)
    if errors.count == found.count {
      record.standardError = standardError(
        errors, sizes: sizes, isWeighted: aggregation.weightBySize)
    }
    let missing = tasks.filter { task in !found.contains { $0.task == task } }
    if !missing.isEmpty {
      record.reason = "pooled without \(missing.joined(separator: ", ")): no score there"
    } else if record.standardError == nil {
      record.reason = "no standard error: a task of the group has none"
    }
    return record
  }

  /// Of a mean weighted by size √(Σ (n − 1) · s² · n / (Σ n − k) / Σ n), the pooled variance; of a
  /// plain mean √(Σ s²) / k.
  private static func standardError(
    _ errors: [Double], sizes: [Double], isWeighted: Bool
  ) -> Double? {
    let count = Double(errors.count)
    guard isWeighted else {
      return errors.reduce(0) { $0 + $1 * $1 }.squareRoot() / count
    }
    let all = sizes.reduce(0, +)
    guard all > count else { return nil }
    let variance = zip(sizes, errors).reduce(0) { $0 + ($1.0 - 1) * $1.1 * $1.1 * $1.0 }
    return (variance / (all - count) / all).squareRoot()
  }
}
