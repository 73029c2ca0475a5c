import ArgumentParser

@main
struct SpungeEval: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spunge-eval", abstract: "Split, unlearn, merge, score, table.",
    subcommands: [Bench.self])
}
