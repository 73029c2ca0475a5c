import Evaluation
package import Formats
import Foundation
import PythonText

/// `results_*.json` of lm-evaluation-harness: the same keys in the same order.
package struct HarnessResults: Sendable {
  package let content: Mapping

  /// - Parameter taskHashes: task → hash of its samples; empty when they are not written.
  package init(_ run: HarnessRun, taskHashes: [(task: String, hash: String)]) {
    var content = Mapping()
    let groups = run.groupRows
    let scored = run.tasks.map { ($0.task.name, Value.mapping(run.scoreRow($0))) }
    content[.string("results")] = .mapping(
      Mapping(scored + groups.map { ($0.name, $0.row) }))
    let pooled = groups.filter(\.isPooled).map { ($0.name, $0.row) }
    if !pooled.isEmpty { content[.string("groups")] = .mapping(Mapping(pooled)) }
    let parts: [(String, Value)] = [
      ("group_subtasks", run.subtasks), ("configs", run.configurations),
      ("versions", run.versions), ("n-shot", run.shots),
      ("higher_is_better", run.directions), ("n-samples", run.counts),
      ("config", run.configuration),
      ("git_hash", run.gitRevision.map { .string($0) } ?? Value.none),
      ("date", .float(run.started.timeIntervalSince1970)),
      ("pretty_env_info", .string(run.environment)), ("transformers_version", .string("N/A")),
      ("lm_eval_version", .string(run.settings.profile.version)),
      ("upper_git_hash", Value.none),
    ]
    let hashes = taskHashes.map { ($0.task, Value.string($0.hash)) }
    let more = [("task_hashes", Value.mapping(Mapping(hashes)))]
    for (key, value) in parts + run.tokenizer + more + run.tracker {
      content[.string(key)] = value
    }
    content[.string("spunge_eval")] = .mapping(
      Mapping(
        [("profile", .string(run.settings.profile.rawValue))] + run.settings.remarks))
    self.content = content
  }

  /// JSON, indented by two.
  package var text: String { Value.mapping(content).pythonJSON(indent: 2) }
}

extension HarnessProfile {
  /// The harness's version number.
  fileprivate var version: String { String(rawValue.drop { $0 != "-" }.dropFirst()) }
}

extension HarnessRun {
  /// `"acc,none": …, "acc_stderr,none": …` behind the task's names and size.
  fileprivate func scoreRow(_ scored: ScoredTask) -> Mapping {
    let head: [(String, Value)] = [
      ("name", .string(scored.task.name)), ("alias", .string(scored.task.title)),
      ("sample_len", .integer(scoredCount(scored))),
    ]
    let columns = settings.predictsOnly ? Self.bypasses(scored) : Self.columns(scored.harnessScores)
    return Mapping(head + columns)
  }

  /// What the harness writes for texts that it does not score.
  private static func bypasses(_ scored: ScoredTask) -> [(String, Value)] {
    guard scored.task.outputType == .generateUntil else { return [] }
    return (scored.samples.first?.outcomes ?? []).flatMap { outcome in
      [
        ("bypass,\(outcome.filter)", Value.integer(999)),
        ("bypass_stderr,\(outcome.filter)", Value.string("N/A")),
      ]
    }
  }

  fileprivate static func columns(_ scores: [ScoreRecord]) -> [(String, Value)] {
    scores.flatMap { score -> [(String, Value)] in
      guard let value = score.value else { return [] }
      return [
        ("\(score.metric),\(score.filter)", .float(value)),
        (
          "\(score.metric)_stderr,\(score.filter)",
          score.standardError.map { .float($0) } ?? .string("N/A")
        ),
      ]
    }
  }

  fileprivate struct GroupRow {
    var name: String
    var row: Value
    /// Whether the group has a score of its own.
    var isPooled: Bool
  }

  /// The groups' rows, a group behind the groups inside it.
  fileprivate var groupRows: [GroupRow] {
    var ordered: [TaskGroup] = []
    func visit(_ group: TaskGroup) {
      guard !ordered.contains(where: { $0.name == group.name }) else { return }
      for case .group(let child) in group.members { visit(child) }
      ordered.append(group)
    }
    for group in groups { visit(group) }
    return ordered.map(row)
  }

  private func row(of group: TaskGroup) -> GroupRow {
    let scores = groupScores.filter { $0.task == group.name }
    var row: [(String, Value)] = [
      ("alias", .string(group.title)), ("name", .string(group.name)),
    ]
    if !group.aggregations.isEmpty {
      let members = Set(group.taskNames)
      let documents = tasks.filter { members.contains($0.task.name) }.map(\.samples.count)
      row.append(("sample_len", .integer(documents.reduce(0, +))))
      row += Self.columns(scores)
      let counts = scores.filter { $0.value != nil }.map { score in
        ("\(score.metric),\(score.filter)", Value.integer(score.documents))
      }
      if !counts.isEmpty { row.append(("sample_count", .mapping(Mapping(counts)))) }
    }
    return GroupRow(
      name: group.name, row: .mapping(Mapping(row)), isPooled: !group.aggregations.isEmpty)
  }
}
