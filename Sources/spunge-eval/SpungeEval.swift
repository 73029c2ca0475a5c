import ArgumentParser
import Spunge

@main
struct SpungeEval: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spunge-eval", abstract: "Split, unlearn, merge, score, table.",
    version: Version.current,
    subcommands: [
      Reproduce.self, Init.self, Run.self, Score.self, Toxicity.self, Perplexity.self, Select.self,
      Rescore.self, Forgetting.self, Table.self, ReportPage.self, Compare.self, Check.self,
      BaselineCommand.self,
      Collect.self, Paper.self, Merge.self, Unlearn.self, Export.self, Tokenize.self,
      LogLikelihood.self, Generate.self, Classify.self, Tasks.self, Methods.self, Doctor.self,
      Bench.self,
      MiniatureWorld.self,
    ])

  static func main() {
    Signals.ignoreWhatEndsRuns()
    runAndExit()
  }
}
