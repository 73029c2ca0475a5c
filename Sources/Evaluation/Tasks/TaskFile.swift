package import Formats
import Foundation
import PythonText
import Yams

/// A harness YAML file as written, its includes merged in: local keys win.
package struct TaskFile: Sendable {
  package let path: String
  private var content = TaskEntries()
  /// What is odd about the file, though it can be used.
  package private(set) var remarks: [String] = []
  /// Where the file comes from and what was changed in it; the same for the same task.
  private(set) var form: String
  /// Whether the task is written inside a group's list.
  private(set) var isInline = false

  /// Every key of the harness's dialect, used here or not.
  package static let knownKeys = [
    "aggregate_metric_list", "class", "custom_dataset", "dataset_kwargs", "dataset_name",
    "dataset_path", "description", "doc_to_audio", "doc_to_choice",
    "doc_to_decontamination_query", "doc_to_image", "doc_to_target", "doc_to_text",
    "fewshot_config", "fewshot_delimiter", "fewshot_split", "filter_list", "gen_prefix",
    "generation_kwargs", "group", "group_alias", "include", "metadata", "metric_list",
    "num_fewshot", "output_type", "process_docs", "process_results", "repeats",
    "should_decontaminate", "tag", "target_delimiter", "task", "task_alias", "task_list",
    "test_split", "training_split", "unsafe_code", "use_prompt", "validation_split",
  ]

  /// Reads a file and what it includes.
  package init(path: String) throws(TaskError) {
    var read: [String: TaskFile] = [:]
    try self.init(
      path: URL(fileURLWithPath: path).standardizedFileURL.path, including: [], &read)
  }

  /// Files that include files that include files.
  private static let chainLimit = 64

  /// - Parameter read: files with what they include, by path: each is read once, however often it is included.
  private init(
    path: String, including chain: [String], _ read: inout [String: TaskFile]
  ) throws(TaskError) {
    if let file = read[path] {
      self = file
      return
    }
    self.path = path
    form = path
    guard !chain.contains(path) else { throw .includeCycle(chain + [path]) }
    guard chain.count < Self.chainLimit else {
      throw .unreadable(
        path: path, problem: "it is reached through more than \(Self.chainLimit) includes")
    }
    let local = try Self.written(at: path)
    remarks = local.repeated.map {
      "\(path.shown()): '\($0.shown())' is written twice; the last one counts"
    }
    try take(local.entries, including: chain + [path], &read)
    read[path] = self
  }

  /// A task that is written inside a group's list, in the file at `path`.
  init(path: String, entries: [(key: String, value: TaskSetting)]) throws(TaskError) {
    self.path = path
    form = "\(path):\(entries.first?.value.line ?? 1)"
    isInline = true
    var read: [String: TaskFile] = [:]
    try take(entries, including: [path], &read)
  }

  /// Takes what files to be included say, then the entries themselves.
  private mutating func take(
    _ entries: [(key: String, value: TaskSetting)], including chain: [String],
    _ read: inout [String: TaskFile]
  ) throws(TaskError) {
    for include in entries where include.key == "include" {
      for item in include.value.list ?? [include.value] {
        guard let name = item.string else {
          throw .malformed(
            path: path, line: item.line, column: 1,
            problem: "include takes a file name or a list of them")
        }
        let file = try TaskFile(path: Self.included(name, by: path), including: chain, &read)
        for (key, setting) in file.entries { set(key, setting) }
        remarks += file.remarks.filter { !remarks.contains($0) }
      }
    }
    for (key, setting) in entries where key != "include" { set(key, setting) }
  }

  /// The file that `name` means in an include of the file at `path`.
  static func included(_ name: String, by path: String) -> String {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    return URL(fileURLWithPath: name, relativeTo: folder).standardizedFileURL.path
  }

  /// The file with some keys replaced, as a group does to its members.
  func overridden(by settings: [(key: String, value: TaskSetting)]) -> TaskFile {
    var file = self
    for (key, setting) in settings {
      file.set(key, setting)
      file.form += "\n\(key): \(setting.value.representation)"
    }
    return file
  }

  mutating func set(_ key: String, _ setting: TaskSetting) { content.set(key, setting) }

  /// The keys and values of a YAML file that is no task.
  package static func values(at path: String) throws(TaskError) -> Mapping {
    var values = Mapping()
    for (key, setting) in try written(at: path).entries { values[.string(key)] = setting.value }
    return values
  }

  /// What one file says, includes not followed, and which keys it has more than once.
  static func written(
    at path: String
  ) throws(TaskError) -> (entries: [(key: String, value: TaskSetting)], repeated: [String]) {
    let text = try TaskText.read(path)
    let root: Node?
    let repeated: [String]
    do { (root, repeated) = try YAMLText.compose(text) } catch {
      throw YAMLText.describe(error, path)
    }
    var reader = TaskSettingReader(file: path)
    guard let root, let entries = try reader.read(root).mapping else {
      throw .malformed(
        path: path, line: 1, column: 1, problem: "a task file is a mapping of keys to values")
    }
    return (entries, repeated)
  }

  /// Keys in the order in which they were first set.
  var entries: [(key: String, value: TaskSetting)] { content.all }

  /// The value of a key, unless it is null.
  subscript(key: String) -> TaskSetting? {
    content[key].flatMap { $0.isNull ? nil : $0 }
  }

  /// The task's name; `nil` for a file that only others include, and for a group.
  package var taskName: String? { self["task"]?.scalar?.text }
}
