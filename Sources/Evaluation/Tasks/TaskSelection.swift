import Formats
import Foundation

/// What a run evaluates.
package struct TaskSelection: Sendable {
  /// Each once, in the order in which they were asked for.
  package var tasks: [EvaluationTask]
  /// The groups among what was asked for, others nested inside.
  package var groups: [TaskGroup]

  package init(tasks: [EvaluationTask] = [], groups: [TaskGroup] = []) {
    self.tasks = tasks
    self.groups = groups
  }
}

extension TaskIndex {
  /// The tasks and groups that patterns stand for.
  ///
  /// - Parameter patterns: names of tasks, groups and tags, which may hold the wildcards `*`, `?`
  ///   and `[…]`, paths of YAML files, or folders of them; commas separate several.
  /// - Throws: `TaskError.unknownTask` for a pattern that stands for nothing, and the problems of
  ///   the first task that cannot be used.
  package func select(_ patterns: [String]) throws(TaskError) -> TaskSelection {
    let found = try find(patterns)
    var selection = TaskSelection(groups: found.groups)
    for file in found.files {
      selection.tasks.append(try EvaluationTask(file, profile: profile))
    }
    return selection
  }

  /// As `select`, but the files are not validated.
  package func find(
    _ patterns: [String]
  ) throws(TaskError) -> (files: [TaskFile], groups: [TaskGroup]) {
    var finder = TaskFinder(index: self)
    for pattern in patterns.flatMap({ $0.split(separator: ",") }) {
      let pattern = pattern.trimmingCharacters(in: .whitespaces)
      if !pattern.isEmpty { try finder.add(pattern) }
    }
    return (finder.files, finder.groups)
  }

  /// Names of tasks and groups that patterns stand for; a tag stands for its tasks.
  package func names(matching patterns: [String]) throws(TaskError) -> [String] {
    var result: [String] = []
    for pattern in patterns.flatMap({ $0.split(separator: ",") }) {
      let names = names(matching: String(pattern))
      if names.isEmpty { throw unknown(String(pattern)) }
      for name in names {
        let members = entries[name]?.kind == .tag ? entries[name]?.members ?? [] : [name]
        result += members.filter { !result.contains($0) }
      }
    }
    return result
  }

  /// Of the files that cannot be used, those that mention the name are the likely reason.
  fileprivate func unknown(_ name: String) -> TaskError {
    let mentions = problems.filter { $0.contains(name) }
    let unread = mentions.isEmpty && problems.count <= 10 ? problems : mentions
    return .unknownTask(name, known: entries.keys.sorted(), unread: unread)
  }

  /// Names that a pattern stands for, sorted; a name stands for itself.
  func names(matching pattern: String) -> [String] {
    if entries[pattern] != nil { return [pattern] }
    guard pattern.contains(where: { "*?[".contains($0) }) else { return [] }
    return entries.keys.filter { fnmatch(pattern, $0, FNM_NOESCAPE) == 0 }.sorted()
  }
}

/// Follows names to files, through tags and groups.
private struct TaskFinder {
  let index: TaskIndex
  private(set) var files: [TaskFile] = []
  private(set) var groups: [TaskGroup] = []
  /// Task → its position in `files`.
  private var positions: [String: Int] = [:]

  init(index: TaskIndex) { self.index = index }

  mutating func add(_ pattern: String) throws(TaskError) {
    var names = index.names(matching: pattern)
    if names.isEmpty, pattern.contains("/") || pattern.hasSuffix(".yaml") {
      for path in paths(pattern) { try add(file: TaskFile(path: path)) }
      if FileTree.isFolder(pattern) || !paths(pattern).isEmpty { return }
    }
    // What a group holds need not be asked for beside it.
    names.sort { rank($0) < rank($1) }
    if names.isEmpty { throw unknown(pattern) }
    for name in names { try add(name: name) }
  }

  private func rank(_ name: String) -> Int { index.entries[name]?.kind == .group ? 0 : 1 }

  /// YAML files that a path stands for.
  private func paths(_ pattern: String) -> [String] {
    if FileTree.isFolder(pattern) {
      return FileTree.files(pattern, depth: 0).filter { $0.hasSuffix(".yaml") }
        .map { FileTree.join(pattern, $0) }
    }
    return FileTree.isFile(pattern) ? [pattern] : []
  }

  private mutating func add(name: String) throws(TaskError) {
    guard let entry = index.entries[name] else { return }
    switch entry.kind {
    case .group:
      if groups.contains(where: { $0.contains(group: name) }) { return }
      groups.append(try group(name, TaskFile(path: entry.path ?? ""), [], inside: []))
    case .task, .tag: _ = try members(name, [], inside: [])
    }
  }

  private mutating func add(file: TaskFile) throws(TaskError) {
    if let name = file["group"]?.string, file["task"]?.list != nil {
      groups.append(try group(name, file, [], inside: []))
    } else {
      try take(file)
    }
  }

  /// Keeps a task, once.
  private mutating func take(_ file: TaskFile) throws(TaskError) {
    let name = file.taskName ?? file.path
    guard let position = positions[name] else {
      positions[name] = files.count
      files.append(file)
      return
    }
    let other = files[position]
    if other.form == file.form { return }
    // Of tasks that a group's list defines twice, Python keeps the last.
    if other.isInline, file.isInline, other.path == file.path {
      files[position] = file
      return
    }
    throw .invalid(
      task: name,
      problems: [
        "\(file.path): asked for twice with different settings, for example alone and in a group "
          + "that changes it; evaluate them in separate runs"
      ])
  }

  // MARK: Groups

  private typealias Settings = [(key: String, value: TaskSetting)]
  /// Keys of a group file that are about the group; the others are for its tasks.
  private static let groupKeys: Set<String> = [
    "aggregate_metric_list", "group", "group_alias", "metadata", "tag", "task",
  ]
  private static let depthLimit = 32

  private mutating func group(
    _ name: String, _ file: TaskFile, _ overrides: Settings, inside: [String]
  ) throws(TaskError) -> TaskGroup {
    var names = TaskReader(file, profile: index.profile)
    names.checkName(name, at: file["group"])
    guard names.problems.isEmpty else { throw .invalid(task: name, problems: names.problems) }
    if inside.contains(name) || inside.count > Self.depthLimit {
      throw .invalid(
        task: name,
        problems: [
          "\(file.path): groups contain each other: "
            + (inside + [name]).joined(separator: " → ")
        ])
    }
    guard let list = file["task"]?.list else {
      throw .invalid(
        task: name,
        problems: [
          "\(file.path): the group has no list of tasks; a label of tasks is written 'tag: \(name)'"
        ])
    }
    var own = TaskEntries(file.entries.filter { !Self.groupKeys.contains($0.key) })
    for (key, setting) in overrides { own.set(key, setting) }
    var members: [TaskGroup.Member] = []
    for item in list {
      let more = try self.members(of: item, in: name, own.all, inside: inside + [name])
      members += more.filter { !members.contains($0) }
    }
    var reader = TaskReader(file, profile: index.profile)
    let group = TaskGroup(
      name: name, title: reader.string("group_alias"), version: reader.groupVersion(),
      members: members, aggregations: reader.aggregations(), average: reader.average())
    guard reader.problems.isEmpty else { throw .invalid(task: name, problems: reader.problems) }
    return group
  }

  /// What one item of a group's list adds: a name, or a mapping with `task` or `group`.
  private mutating func members(
    of item: TaskSetting, in group: String, _ overrides: Settings, inside: [String]
  ) throws(TaskError) -> [TaskGroup.Member] {
    if let name = item.string {
      return try members(name, overrides, inside: inside)
    }
    if let name = item["group"]?.string {
      if item["task"]?.list != nil {
        let file = try TaskFile(path: item.file, entries: item.mapping ?? [])
        return [.group(try self.group("\(group)::\(name)", file, overrides, inside: inside))]
      }
      return try members(name, Self.merged(overrides, item, without: "group"), inside: inside)
    }
    guard let name = item["task"]?.string else {
      throw .malformed(
        path: item.file, line: item.line, column: 1,
        problem: "a group's item is a name, or a mapping with the key 'task' or 'group'")
    }
    let settings = Self.merged(overrides, item, without: "task")
    if index.entries[name] != nil { return try members(name, settings, inside: inside) }
    // A task that is written here as a whole.
    let whole = TaskSetting(
      kind: .scalar(.string("\(group)::\(name)")), file: item.file, line: item.line)
    if item.mapping?.count == 1 { throw unknown(name) }
    try take(TaskFile(path: item.file, entries: settings + [("task", whole)]))
    return [.task("\(group)::\(name)")]
  }

  private static func merged(
    _ overrides: Settings, _ item: TaskSetting, without key: String
  ) -> Settings {
    var merged = TaskEntries(overrides)
    for (name, setting) in item.mapping ?? [] where name != key { merged.set(name, setting) }
    return merged.all
  }

  /// What an indexed name adds to a group.
  private mutating func members(
    _ name: String, _ overrides: Settings, inside: [String]
  ) throws(TaskError) -> [TaskGroup.Member] {
    guard let entry = index.entries[name] else { throw unknown(name) }
    switch entry.kind {
    case .group:
      return [.group(try group(name, TaskFile(path: entry.path ?? ""), overrides, inside: inside))]
    case .task:
      try take(TaskFile(path: entry.path ?? "").overridden(by: overrides))
      return [.task(name)]
    case .tag:
      var members: [TaskGroup.Member] = []
      for member in entry.members where index.entries[member]?.kind == .task {
        members += try self.members(member, overrides, inside: inside)
      }
      return members
    }
  }

  private func unknown(_ name: String) -> TaskError { index.unknown(name) }
}

extension TaskGroup {
  /// Whether this is the group called `name`, or holds it.
  fileprivate func contains(group name: String) -> Bool {
    self.name == name
      || members.contains { member in
        if case .group(let group) = member { return group.contains(group: name) }
        return false
      }
  }
}
