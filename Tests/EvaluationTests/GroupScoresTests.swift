import Evaluation
import Formats
import TestSupport
import Testing

/// Groups of tasks; figures computed with lm-evaluation-harness 0.4.13.
@Suite struct GroupScoresTests {
  private func score(
    _ task: String, _ value: Double?, _ error: Double?, _ documents: Int, filter: String = "none",
    model: String = "base"
  ) -> ScoreRecord {
    ScoreRecord(
      model: model, task: task, metric: "acc", filter: filter, value: value, standardError: error,
      documents: documents, higherIsBetter: true, fewShot: 5)
  }

  private func group(_ aggregation: TaskGroup.Aggregation, _ members: [TaskGroup.Member]? = nil)
    -> TaskGroup
  {
    TaskGroup(
      name: "coast", version: "2", members: members ?? [.task("reef"), .task("bay")],
      aggregations: [aggregation])
  }

  @Test func sizesWeigh() throws {
    let scores = [score("reef", 0.5, 0.05, 100), score("bay", 0.7, 0.02, 300)]
    let weighted = try #require(
      GroupScores.records(for: [group(.init(metric: "acc"))], from: scores).first)
    expectClose(weighted.value ?? .nan, 0.65, absolute: 1e-15)
    expectClose(weighted.standardError ?? .nan, 0.019515166116195724, absolute: 1e-15)
    #expect(weighted.documents == 400 && weighted.fewShot == 5 && weighted.taskVersion == "2")
    #expect(weighted.members == ["reef", "bay"] && weighted.reason == nil)
    let plain = try #require(
      GroupScores.records(
        for: [group(.init(metric: "acc", weightBySize: false))], from: scores
      ).first)
    expectClose(plain.value ?? .nan, 0.6, absolute: 1e-15)
    expectClose(plain.standardError ?? .nan, 0.02692582403567252, absolute: 1e-15)
  }

  @Test func whatIsMissingIsSaid() throws {
    let scores = [score("reef", 0.5, nil, 1), score("bay", nil, nil, 3)]
    let record = try #require(
      GroupScores.records(for: [group(.init(metric: "acc"))], from: scores).first)
    #expect(record.value == 0.5 && record.standardError == nil)
    #expect(record.reason == "pooled without bay: no score there")
    let none = GroupScores.records(for: [group(.init(metric: "f1"))], from: scores)
    #expect(none.map(\.value) == [nil])
    #expect(none.first?.reason == "no task of the group has a score")
  }

  /// Inner groups come first and are no members themselves; models stay apart.
  @Test func innerGroupsAreMadeOfTheirTasks() {
    let inner = TaskGroup(
      name: "shore", members: [.task("bay")], aggregations: [.init(metric: "acc", filters: [])])
    let outer = group(.init(metric: "acc", filters: []), [.task("reef"), .group(inner)])
    let scores = ["base", "new"].flatMap { model in
      [
        score("reef", 0.5, 0.1, 10, model: model), score("bay", 0.75, 0.1, 10, model: model),
        score("bay", 0.25, 0.1, 10, filter: "strict", model: model),
      ]
    }
    let records = GroupScores.records(for: [outer, inner], from: scores)
    #expect(
      records.map { "\($0.model) \($0.task) \($0.filter) \($0.value ?? -1)" }
        == ["base", "new"].flatMap { model in
          [
            "\(model) shore none 0.75", "\(model) shore strict 0.25",
            "\(model) coast none 0.625", "\(model) coast strict 0.25",
          ]
        })
    // Groups' own rows are not pooled again.
    #expect(GroupScores.records(for: [outer], from: scores + records).count == 8)
  }
}
