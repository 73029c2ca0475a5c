import Formats
import Foundation
import PythonText

/// The tasks, groups and tags that the files of some folders define, found by name.
///
/// Indexing looks only at the few keys that name things; a file is parsed when it is asked for.
package struct TaskIndex: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case task, group, tag
  }

  package struct Entry: Sendable {
    package var kind: Kind
    /// The YAML file; `nil` for a tag.
    package var path: String?
    /// Tasks that carry the tag, sorted.
    package var members: [String] = []
  }

  package let profile: HarnessProfile
  package private(set) var entries: [String: Entry] = [:]
  /// Files that could not be read or are hidden by others, and why; they do not hinder the others.
  package private(set) var problems: [String] = []

  /// Looks at every `.yaml` file under the folders; what a later folder defines replaces what an
  /// earlier one does.
  package init(folders: [String], profile: HarnessProfile = .current) throws(TaskError) {
    self.profile = profile
    for folder in folders {
      guard FileTree.isFolder(folder) else {
        throw .unreadable(path: folder, problem: "there is no such folder of task files")
      }
      var builder = TaskIndexBuilder(
        folder: URL(fileURLWithPath: folder).standardizedFileURL.path, profile: profile)
      builder.build()
      entries.merge(builder.entries) { _, later in later }
      problems += builder.problems
    }
  }

  package init(folder: String, profile: HarnessProfile = .current) throws(TaskError) {
    try self.init(folders: [folder], profile: profile)
  }

  /// Names of all tasks, sorted.
  package var names: [String] { names(.task) }

  package func names(_ kind: Kind) -> [String] {
    entries.filter { $0.value.kind == kind }.keys.sorted()
  }

  /// The validated tasks that a name or pattern stands for.
  package func tasks(named name: String) throws(TaskError) -> [EvaluationTask] {
    try select([name]).tasks
  }
}

/// Collects the entries of one folder. The first file that defines a name keeps it.
private struct TaskIndexBuilder {
  let folder: String
  let profile: HarnessProfile
  private(set) var entries: [String: TaskIndex.Entry] = [:]
  private(set) var problems: [String] = []
  /// Headers of included files, which many files share.
  private var included: [String: TaskHeader] = [:]
  private static let ignoredFolders: Set<Substring> = ["__pycache__", ".ipynb_checkpoints"]

  init(folder: String, profile: HarnessProfile) {
    self.folder = folder
    self.profile = profile
  }

  mutating func build() {
    let names = FileTree.files(folder, depth: 32)
      .filter { $0.hasSuffix(".yaml") }
      .filter { Self.ignoredFolders.isDisjoint(with: $0.split(separator: "/")) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for name in names {
      let path = FileTree.join(folder, name)
      do {
        try add(header(path, chain: []), path)
      } catch {
        problems.append("\(error)".shown(limit: 1000))
      }
    }
    for name in entries.keys { entries[name]?.members.sort() }
  }

  /// A file's header with those of its includes below it.
  private mutating func header(_ path: String, chain: [String]) throws(TaskError) -> TaskHeader {
    if let header = included[path] { return header }
    guard !chain.contains(path) else { throw .includeCycle(chain + [path]) }
    guard chain.count < 64 else {
      throw .unreadable(path: path, problem: "it is reached through more than 64 includes")
    }
    var own = try TaskHeader(Array(TaskText.read(path).utf8), path: path)
    if let include = own["include"] {
      var merged = TaskHeader()
      for name in include.texts {
        let other = TaskFile.included(name, by: path)
        let header = try header(other, chain: chain + [path])
        included[other] = header
        merged.merge(header)
      }
      merged.merge(own)
      own = merged
    }
    return own
  }

  private mutating func add(_ header: TaskHeader, _ path: String) {
    let task = header["task"]?.text
    if header["class"] == nil, let group = header["group"] {
      // Before groups had files of their own, the key beside a task's name was a tag.
      if profile == .paper, let task {
        return add(task, path, tags: group.texts + (header["tag"]?.texts ?? []))
      }
      guard let name = group.text else {
        problems.append("\(path.shown(limit: 500)): a group's name must be one text")
        return
      }
      if let task {
        problems.append(
          "\(path.shown()): the group '\(name.shown())' has no list of tasks, and the task '\(task.shown())' is not found; "
            + "if that is a label of the task, write it behind 'tag:'")
      }
      return register(name, TaskIndex.Entry(kind: .group, path: path))
    }
    guard let task else {
      if header["task"] != nil {
        problems.append(
          "\(path.shown(limit: 500)): a list of tasks needs the key 'group', the list's name")
      }
      return
    }
    add(task, path, tags: header["tag"]?.texts ?? [])
  }

  private mutating func add(_ task: String, _ path: String, tags: [String]) {
    let isNew = entries[task] == nil
    register(task, TaskIndex.Entry(kind: .task, path: path))
    guard isNew else { return }
    for tag in tags {
      // A tag that is called like a task or group cannot be asked for.
      entries[tag, default: TaskIndex.Entry(kind: .tag)].members.append(task)
    }
  }

  private mutating func register(_ name: String, _ entry: TaskIndex.Entry) {
    if let other = entries[name] {
      problems.append(
        "\((entry.path ?? name).shown()): '\(name.shown())' is also defined "
          + (other.path.map { "in \($0.shown()), which counts" } ?? "as a tag, which counts"))
    } else {
      entries[name] = entry
    }
  }
}
