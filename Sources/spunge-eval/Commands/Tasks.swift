import ArgumentParser
import Evaluation

struct Tasks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists tasks, shows their prompts, or checks their files.",
    subcommands: [TaskList.self, TaskShow.self, TaskValidate.self],
    defaultSubcommand: TaskList.self)
}
