import Formats
import ArgumentParser
import Evaluation

struct TaskList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists tasks, groups and tags by name.")
  @Argument(
    help: "tasks, groups or tags (default: all).",
    transform: { text in
      guard let kind = TaskIndex.Kind.allCases.first(where: { text == "\($0.rawValue)s" }) else {
        throw ValidationError("'\(text)' must be one of: tasks, groups, tags")
      }
      return kind
    })
  var kinds: [TaskIndex.Kind] = []
  @OptionGroup var folder: TaskFolderOptions
  @Flag(help: "Print JSON Lines.") var json = false

  private struct Row: Encodable {
    var name: String
    var kind: String
    var path: String?
    var members: [String]?
  }

  func run() throws {
    let index = try folder.index()
    let output = try JSONLinesOutput(path: "-")
    var count = 0
    for kind in kinds.isEmpty ? TaskIndex.Kind.allCases : kinds {
      for name in index.names(kind) {
        guard let entry = index.entries[name] else { continue }
        if json {
          try output.put(
            count,
            Row(
              name: name, kind: kind.rawValue, path: entry.path,
              members: kind == .tag ? entry.members : nil))
        } else {
          try Output.print(
            "\(kind.rawValue)\t\(name.oneLine)\t\((entry.path ?? "\(entry.members.count) tasks").oneLine)"
          )
        }
        count += 1
      }
    }
    for problem in index.problems { Notice.print(problem) }
  }
}
