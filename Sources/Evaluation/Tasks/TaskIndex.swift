import Foundation

/// The tasks under a folder, found by name, group or tag.
package struct TaskIndex: Sendable {
  /// Task name → its file, includes resolved.
  package private(set) var files: [String: TaskFile] = [:]
  /// Group or tag → names of its members.
  package private(set) var groups: [String: [String]] = [:]
  /// Files that could not be read, and why; they do not hinder the others.
  package private(set) var problems: [String] = []

  /// Reads every `.yaml` file under `folder`.
  package init(folder: String) throws(TaskError) {
    let root = URL(fileURLWithPath: folder)
    guard let walker = FileManager.default.enumerator(atPath: root.path) else {
      throw .unreadable(path: folder, problem: "there is no such folder")
    }
    let names = walker.compactMap { $0 as? String }
      .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
    for name in names {
      do {
        try add(TaskFile(path: root.appendingPathComponent(name).path))
      } catch {
        problems.append("\(error)")
      }
    }
  }

  private mutating func add(_ file: TaskFile) {
    if let group = file.group {
      groups[group.name, default: []] += group.members
    }
    guard let name = file.taskName else { return }
    if let other = files[name] {
      problems.append("\(file.path): the task '\(name)' is also defined in \(other.path)")
      return
    }
    files[name] = file
    for tag in file.tags { groups[tag, default: []].append(name) }
  }

  package var names: [String] { files.keys.sorted() }

  /// The validated tasks that a task, group or tag name stands for.
  package func tasks(named name: String) throws(TaskError) -> [EvaluationTask] {
    var tasks: [EvaluationTask] = []
    for file in try files(named: name, inside: []) { tasks.append(try EvaluationTask(file)) }
    return tasks
  }

  private func files(named name: String, inside: [String]) throws(TaskError) -> [TaskFile] {
    if let file = files[name] { return [file] }
    guard let members = groups[name], !inside.contains(name) else {
      throw .unknownTask(name, known: (Array(files.keys) + groups.keys).sorted())
    }
    var result: [TaskFile] = []
    for member in members { result += try files(named: member, inside: inside + [name]) }
    return result
  }
}
