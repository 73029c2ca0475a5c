import ArgumentParser

@main
struct SpungeEval: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spunge-eval", abstract: "Split, unlearn, merge, score, table.",
    subcommands: [
      Run.self, Score.self, Rescore.self, Table.self, Merge.self, Unlearn.self, Tokenize.self,
      LogLikelihood.self, Classify.self, Generate.self, Tasks.self, Methods.self, Doctor.self,
      Bench.self,
    ])

  static func main() { runAndExit() }
}
