package import Evaluation
import Formats
import Foundation
import PythonText

/// The harness's table of a run: a row for each task, filter and metric, groups above their tasks.
package struct HarnessTable: Sendable {
  private let tasks: [HarnessRun.ScoredTask]
  private let groups: [TaskGroup]
  private let groupScores: [ScoreRecord]
  private static let headings = [
    "Version", "Filter", "n-shot", "Metric", "", "Value", "", "Stderr",
  ]

  /// - Parameter groupScores: the groups' pooled scores; `task` is the group's name.
  package init(
    tasks: [HarnessRun.ScoredTask], groups: [TaskGroup], groupScores: [ScoreRecord]
  ) {
    self.tasks = tasks
    self.groups = groups
    self.groupScores = groupScores
  }

  /// Markdown: all tasks with their groups, then the groups alone, if there are any.
  package var text: String {
    let rows = entries.flatMap(rows)
    var text = Self.table(["Tasks"] + Self.headings, rows)
    let pooled = entries.filter { $0.isGroup && !$0.scores.isEmpty }.flatMap(self.rows)
    if !pooled.isEmpty { text += "\n" + Self.table(["Groups"] + Self.headings, pooled) }
    return text
  }

  /// A task or group and its place in the hierarchy.
  private struct Entry {
    var title: String
    var version: String
    var scores: [ScoreRecord]
    var depth: Int
    var isGroup: Bool
  }

  /// Groups with what is in them, in the order of names; then what is in no group.
  private var entries: [Entry] {
    var entries: [Entry] = []
    var shown: Set<String> = []
    func add(_ group: TaskGroup, depth: Int) {
      shown.insert(group.name)
      entries.append(entry(group, depth: depth))
      for member in group.members.sorted(by: { Self.name($0) < Self.name($1) }) {
        switch member {
        case .group(let child): add(child, depth: depth + 1)
        case .task(let name):
          shown.insert(name)
          let scored = tasks.first { $0.task.name == name }
          if let scored { entries.append(entry(scored, depth: depth + 1)) }
        }
      }
    }
    let inside = Set(groups.flatMap(Self.groupsInside).map(\.name))
    for group in groups.sorted(by: { $0.name < $1.name })
    where !inside.contains(group.name) && !shown.contains(group.name) {
      add(group, depth: 0)
    }
    let others = tasks.filter { !shown.contains($0.task.name) }
    return entries
      + others.sorted { $0.task.name < $1.task.name }.map { entry($0, depth: 0) }
  }

  private static func name(_ member: TaskGroup.Member) -> String {
    switch member {
    case .task(let name): name
    case .group(let group): group.name
    }
  }

  private static func groupsInside(_ group: TaskGroup) -> [TaskGroup] {
    group.members.flatMap { member -> [TaskGroup] in
      if case .group(let child) = member { [child] + groupsInside(child) } else { [] }
    }
  }

  private func entry(_ group: TaskGroup, depth: Int) -> Entry {
    Entry(
      title: group.title, version: group.version.isEmpty ? "N/A" : group.version,
      scores: groupScores.filter { $0.task == group.name }, depth: depth, isGroup: true)
  }

  private func entry(_ scored: HarnessRun.ScoredTask, depth: Int) -> Entry {
    Entry(
      title: scored.task.title, version: scored.task.file.writtenVersion.text,
      scores: scored.scores, depth: depth, isGroup: false)
  }

  /// The entry's name and version stand on its first row only.
  private func rows(_ entry: Entry) -> [[String]] {
    let indent = entry.depth > 0 ? String(repeating: " ", count: entry.depth) + "- " : ""
    let scores = entry.scores.sorted { ($0.metric, $0.filter) < ($1.metric, $1.filter) }
    let rows = scores.enumerated().map { index, score in
      [
        index == 0 ? indent + entry.title : "", index == 0 ? entry.version : "", score.filter,
        entry.isGroup ? "" : String(score.fewShot), score.metric, score.higherIsBetter ? "↑" : "↓",
        Self.number(score.value), "±",
        Self.number(score.standardError),
      ]
    }
    let nothing = [indent + entry.title, entry.version] + Array(repeating: "", count: 7)
    return rows.isEmpty ? [nothing] : rows
  }

  private static func number(_ value: Double?) -> String {
    value.map { String(format: "%.4f", $0) } ?? "N/A"
  }

  /// Columns of numbers are set to the right.
  private static let rightColumns: Set<Int> = [1, 3, 6, 8]

  private static func table(_ headings: [String], _ rows: [[String]]) -> String {
    // The harness's own table escapes nothing; what would end a cell or start a link cannot stay.
    let rows = rows.map { $0.map { $0.oneLine.replacing(/[|<\[`]/) { "\\" + $0.output } } }
    let widths = headings.indices.map { column in
      max(3, ([headings] + rows).map { $0[column].count }.max() ?? 0)
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return rightColumns.contains(column) ? space + cells[column] : cells[column] + space
      }
      return "|" + padded.joined(separator: "|") + "|\n"
    }
    let rule = widths.enumerated().map { column, width in
      let isRight = rightColumns.contains(column)
      return String(repeating: "-", count: isRight ? width - 1 : width) + (isRight ? ":" : "")
    }
    return line(headings) + "|" + rule.joined(separator: "|") + "|\n" + rows.map(line).joined()
  }
}
