import Formats

/// One model's answers to the tasks of a benchmark of forgetting.
struct ForgettingSamples: Sendable {
  /// By task.
  let tasks: [String: [SampleRecord]]

  init(_ samples: [SampleRecord]) { tasks = Dictionary(grouping: samples, by: \.task) }

  /// The mean of a metric over the documents that have it.
  ///
  /// - Parameters:
  ///   - name: open-unlearning's.
  ///   - metric: ours.
  ///   - fields: what is told of each document: open-unlearning's name → ours.
  ///   - tellsTexts: whether reference and completion are told too.
  func mean(
    _ name: String, of task: String, _ metric: String, fields: [(String, String)],
    tellsTexts: Bool = false
  ) -> ForgettingMetric {
    guard let samples = tasks[task] else { return ForgettingMetric(name, missing: missing(task)) }
    let values = samples.compactMap { $0.value(metric) }
    guard !values.isEmpty else {
      return ForgettingMetric(name, missing: "no document of \(task) has a value for \(metric)")
    }
    let rows = samples.map { sample in
      var pairs = fields.compactMap { name, metric in
        sample.value(metric).map { (name, Value.float($0)) }
      }
      if tellsTexts {
        let text = sample.outcomes.first?.responses.first ?? ""
        pairs += [("ground_truth", .string(sample.target)), ("generation", .string(text))]
      }
      return ForgettingMetric.Row(document: sample.documentID, fields: Mapping(pairs))
    }
    return ForgettingMetric(
      name, values.reduce(0, +) / Double(values.count), documents: values.count, rows: rows)
  }

  /// A metric's value of each document that has one; `nil` where the task was not scored.
  func values(_ metric: String, of task: String) -> [Double]? {
    tasks[task]?.compactMap { $0.value(metric) }
  }

  /// How well a score tells forgotten texts from ones that no model has seen.
  ///
  /// - Parameter metric: of both tasks, higher for what looks unseen.
  func area(
    _ name: String, _ metric: String, forget: String, holdout: String
  ) -> ForgettingMetric {
    guard let seen = values(metric, of: forget) else {
      return ForgettingMetric(name, missing: missing(forget))
    }
    guard let unseen = values(metric, of: holdout) else {
      return ForgettingMetric(name, missing: missing(holdout))
    }
    guard let area = MembershipInference.area(forget: seen, holdout: unseen) else {
      return ForgettingMetric(name, missing: "no document has a value for \(metric)")
    }
    return ForgettingMetric(name, area, documents: seen.count + unseen.count)
  }

  /// How well forgotten texts are told by how much lower their loss is than the reference's.
  ///
  /// Carlini et al. 2021, https://arxiv.org/abs/2012.07805
  func area(
    against reference: ForgettingReference?, forget: String, holdout: String
  ) -> ForgettingMetric {
    let name = "mia_reference"
    guard let reference else {
      return ForgettingMetric(name, missing: ForgettingReference.missing)
    }
    guard let theirs = reference.samples else {
      return ForgettingMetric(
        name, missing: "\(reference.name) is a file of numbers, without the losses of each text")
    }
    func gains(_ task: String) -> [Double] {
      let known = Dictionary(
        (theirs.tasks[task] ?? []).compactMap { sample in
          sample.value("loss").map { (sample.documentID, $0) }
        }, uniquingKeysWith: { $1 })
      return (tasks[task] ?? []).compactMap { sample in
        guard let own = sample.value("loss"), let other = known[sample.documentID] else {
          return nil
        }
        return own - other
      }
    }
    let (seen, unseen) = (gains(forget), gains(holdout))
    guard let area = MembershipInference.area(forget: seen, holdout: unseen) else {
      return ForgettingMetric(
        name, missing: "no text of \(forget) or \(holdout) has a loss of both models")
    }
    return ForgettingMetric(name, area, documents: seen.count + unseen.count)
  }

  /// What is wrong with each completion of a task.
  func flags(of task: String) -> [[Degeneracy]] {
    (tasks[task] ?? []).flatMap(\.texts).map(Degeneracy.found)
  }

  /// Share of a task's completions that are no text.
  func degenerate(_ name: String, of task: String) -> ForgettingMetric {
    let flags = flags(of: task)
    guard !flags.isEmpty else { return ForgettingMetric(name, missing: missing(task)) }
    return ForgettingMetric(
      name, Double(flags.count { !$0.isEmpty }) / Double(flags.count), documents: flags.count)
  }

  private func missing(_ task: String) -> String { "the task \(task) was not scored" }
}
