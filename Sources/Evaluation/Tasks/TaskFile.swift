import Foundation
import Yams

/// A harness YAML file as written, its includes merged in: local keys win.
package struct TaskFile: Sendable {
  package let path: String
  /// Keys in the order in which they were first set.
  private(set) var entries: [(key: String, setting: TaskSetting)] = []

  /// Every key of the harness's dialect, used here or not.
  package static let knownKeys = [
    "aggregate_metric_list", "class", "custom_dataset", "dataset_kwargs", "dataset_name",
    "dataset_path", "description", "doc_to_audio", "doc_to_choice",
    "doc_to_decontamination_query", "doc_to_image", "doc_to_target", "doc_to_text",
    "fewshot_config", "fewshot_delimiter", "fewshot_split", "filter_list", "gen_prefix",
    "generation_kwargs", "group", "group_alias", "include", "metadata", "metric_list",
    "num_fewshot", "output_type", "process_docs", "process_results", "repeats",
    "should_decontaminate", "tag", "target_delimiter", "task", "task_alias", "test_split",
    "training_split", "unsafe_code", "use_prompt", "validation_split",
  ]

  /// Reads a file and what it includes.
  package init(path: String) throws(TaskError) {
    try self.init(path: URL(fileURLWithPath: path).standardizedFileURL.path, including: [])
  }

  private init(path: String, including chain: [String]) throws(TaskError) {
    self.path = path
    guard !chain.contains(path) else { throw .includeCycle(chain + [path]) }
    let local = try Self.read(path)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    for include in local where include.key == "include" {
      for item in include.value.list ?? [include.value] {
        guard let name = item.string else {
          throw .malformed(
            path: path, line: item.line, column: 1,
            problem: "include takes a file name or a list of them")
        }
        let included = URL(fileURLWithPath: name, relativeTo: folder).standardizedFileURL.path
        let file = try TaskFile(path: included, including: chain + [path])
        for entry in file.entries { set(entry.key, entry.setting) }
      }
    }
    for entry in local where entry.key != "include" { set(entry.key, entry.value) }
  }

  mutating func set(_ key: String, _ setting: TaskSetting) {
    if let position = entries.firstIndex(where: { $0.key == key }) {
      entries[position].setting = setting
    } else {
      entries.append((key, setting))
    }
  }

  private static func read(
    _ path: String
  ) throws(TaskError) -> [(key: String, value: TaskSetting)] {
    let text: String
    do {
      text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
    } catch {
      throw .unreadable(path: path, problem: error.localizedDescription)
    }
    let node: Node?
    do { node = try compose(yaml: text) } catch { throw Self.describe(error, path) }
    guard let node, let entries = try TaskSetting(node, file: path).mapping else {
      throw .malformed(
        path: path, line: 1, column: 1, problem: "a task file is a mapping of keys to values")
    }
    return entries
  }

  private static func describe(_ error: any Error, _ path: String) -> TaskError {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
      .composer(_, let problem, let mark, _)?:
      .malformed(path: path, line: mark.line, column: mark.column, problem: "YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context)?:
      .malformed(
        path: path, line: context.mark.line, column: context.mark.column,
        problem: "written twice: \(duplicates.joined(separator: ", "))")
    default: .unreadable(path: path, problem: "\(error)")
    }
  }

  subscript(key: String) -> TaskSetting? {
    entries.first { $0.key == key }.map(\.setting).flatMap { $0.isNull ? nil : $0 }
  }

  /// The task's name; `nil` for a file that only others include, and for a group.
  package var taskName: String? { self["task"]?.string }

  /// A group's name and the names of its members.
  package var group: (name: String, members: [String])? {
    guard let name = self["group"]?.string, let members = self["task"]?.list else { return nil }
    return (name, members.compactMap(\.string))
  }

  /// Labels under which the task can be asked for together with others.
  package var tags: [String] {
    let tag = self["tag"]
    return tag?.list?.compactMap(\.string) ?? tag?.string.map { [$0] } ?? []
  }
}
