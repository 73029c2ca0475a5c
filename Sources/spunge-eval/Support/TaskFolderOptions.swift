import ArgumentParser
import Evaluation

/// Where task files are.
struct TaskFolderOptions: ParsableArguments {
  @Option(
    name: .customLong("include-path"), parsing: .singleValue,
    help: ArgumentHelp(
      "Additional folder of lm-evaluation-harness YAML files, which override built-in tasks; may be repeated.",
      valueName: "folder"))
  var folders: [String] = []

  func index(profile: HarnessProfile = .current) throws -> TaskIndex {
    try TaskIndex(folders: [BuiltInTasks.folder()] + folders, profile: profile)
  }
}

extension HarnessProfile: ExpressibleByArgument {}

extension TaskIndex.Kind: ExpressibleByArgument {}
