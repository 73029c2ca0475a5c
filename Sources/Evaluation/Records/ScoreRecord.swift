/// One number of one table: a model variant's score on a task by a metric.
package struct ScoreRecord: Sendable, Hashable, Codable {
  /// Variant of the model: `base`, `rmu`, `spunge_rmu`, …
  package var model: String
  /// Task name, for example `arc_easy`.
  package var task: String
  /// Metric name, for example `acc_norm`.
  package var metric: String
  /// Filter pipeline that made it; `none` when the task has none.
  package var filter: String
  /// The score; `nil` with a `reason` when there is none. Probabilities are in 0…1.
  package var value: Double?
  /// Standard error of `value`, same unit.
  package var standardError: Double?
  /// Standard deviation of `value` between repeated runs that it is the mean of, same unit.
  package var deviation: Double?
  /// Ends of the 95 % interval, same unit, where it is not symmetric, as Wilson's of a share.
  package var lowerBound, upperBound: Double?
  /// Number of documents.
  package var documents: Int
  /// Whether larger is better.
  package var higherIsBetter: Bool
  /// Number of few-shot examples.
  package var fewShot: Int
  /// The task's `metadata.version`.
  package var taskVersion: String
  /// Why `value` or `standardError` is absent, or what a group's score leaves out.
  package var reason: String?
  /// Tasks that a group's score is pooled from; `nil` for a task's own score.
  package var members: [String]?
  /// What a reader must know beside the number; it bears a warning mark in tables.
  package var caution: String?

  package init(
    model: String, task: String, metric: String, filter: String = "none", value: Double?,
    standardError: Double?, documents: Int, higherIsBetter: Bool, fewShot: Int = 0,
    taskVersion: String = "0", reason: String? = nil, members: [String]? = nil,
    interval: ClosedRange<Double>? = nil, caution: String? = nil
  ) {
    self.model = model
    self.task = task
    self.metric = metric
    self.filter = filter
    self.value = value
    self.standardError = standardError
    self.documents = documents
    self.higherIsBetter = higherIsBetter
    self.fewShot = fewShot
    self.taskVersion = taskVersion
    self.reason = reason
    self.members = members
    self.caution = caution
    lowerBound = interval?.lowerBound
    upperBound = interval?.upperBound
  }

  /// The demographic group that the score is about, the end of a task's name like `toxigen/women`.
  package var group: String? {
    task.firstIndex(of: "/").map { String(task[task.index(after: $0)...]) }
  }

  /// The 95 % interval, where its ends are known and finite.
  package var interval: ClosedRange<Double>? {
    guard let lowerBound, let upperBound, lowerBound.isFinite, upperBound.isFinite,
      lowerBound <= upperBound
    else { return nil }
    return lowerBound...upperBound
  }
}
