import ArgumentParser
import Spunge

struct Methods: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Lists splitters, unlearning methods, merge methods and transforms with their settings.")
  @Flag(help: "Print a Markdown table, as in the README.") var markdown = false

  func run() throws {
    try Output.print(markdown ? MethodsTable.markdown : MethodsTable.text())
  }
}
