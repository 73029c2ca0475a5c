/// Several tasks reported together: a group file of the harness.
package struct TaskGroup: Sendable, Hashable {
  /// What a group is made of, in the order of the file.
  package enum Member: Sendable, Hashable {
    /// The name of a task.
    case task(String)
    case group(TaskGroup)
  }

  /// A metric that is pooled over the members (`aggregate_metric_list`).
  package struct Aggregation: Sendable, Hashable {
    /// For example `acc`.
    package var metric: String
    /// Filter pipelines whose scores are pooled, each apart: `none` where a task has no filters.
    /// Empty for all that the members have.
    package var filters: [String]
    /// Whether members count by their number of documents instead of equally.
    package var weightBySize: Bool

    package init(metric: String, filters: [String] = ["none"], weightBySize: Bool = true) {
      self.metric = metric
      self.filters = filters
      self.weightBySize = weightBySize
    }
  }

  /// One term of a plain mean over benchmarks that report different metrics.
  package struct AverageTerm: Sendable, Hashable {
    /// A task or group below this one.
    package var name: String
    package var metric: String
    package var filter: String

    package init(name: String, metric: String, filter: String = "none") {
      self.name = name
      self.metric = metric
      self.filter = filter
    }
  }

  package var name: String
  /// Name for tables: `group_alias`, or the name.
  package var title: String
  /// `metadata.version`; empty when the file gives none.
  package var version: String
  package var members: [Member]
  package var aggregations: [Aggregation]
  /// What the row `average` is the mean of (`metadata.average`); empty for no such row.
  package var average: [AverageTerm]

  package init(
    name: String, title: String? = nil, version: String = "", members: [Member],
    aggregations: [Aggregation] = [], average: [AverageTerm] = []
  ) {
    self.name = name
    self.title = title ?? name
    self.version = version
    self.members = members
    self.aggregations = aggregations
    self.average = average
  }

  /// Names of all tasks below, in order, each once.
  package var taskNames: [String] {
    var names: [String] = []
    for member in members {
      let more =
        switch member {
        case .task(let name): [name]
        case .group(let group): group.taskNames
        }
      names += more.filter { !names.contains($0) }
    }
    return names
  }
}
