import ArgumentParser
import Miniature
import Spunge
import Tensors

struct MiniatureWorld: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "miniature",
    abstract: "Makes the fictional world that 'reproduce' runs in: texts, questions, models.",
    subcommands: [Build.self])

  struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a world's files and trains its models, minutes the first time.",
      discussion: """
        Example:
          spunge-eval miniature build --seed 1 --output world
          spunge-eval score --model world/models/zephyr-1 --include-path tasks/miniature --tasks miniature \\
            --data world
        """)

    @Option(help: "Decides everything: facts, texts, tokenizers, weights.") var seed: UInt64 = 1
    @Option(help: "Share of each group's and domain's unwanted language that is its own, 0 to 1.")
    var heterogeneity = 0.0
    @Option(
      help: "Number of base models of each kind, which differ in initial weights and documents.")
    var bases = 1
    @Flag(help: "Write texts and questions only, train nothing.") var textsOnly = false
    @Option(help: "Folder to write; must not exist.") var output: String
    @Option(help: "Work folder, where what was trained is kept.") var work = ".spunge"

    func validate() throws {
      try OptionRange.check("--heterogeneity", heterogeneity, 0...1)
      guard !output.isEmpty, !work.isEmpty else {
        throw ValidationError("--output and --work must name folders")
      }
      try OptionRange.check("--bases", bases, 1...100)
    }

    func run() throws {
      try ModelOutput.check(folders: [output])
      try OutputPlace.checkFolder(work)
      let settings = MiniatureSettings(seed: seed, heterogeneity: heterogeneity)
      let cache = MiniatureCache(settings, work: work, progress: TerminalProgress())
      try cache.export(bases: textsOnly ? 0 : bases, to: output)
      try Output.print("\(output): made from seed \(seed), heterogeneity \(heterogeneity)")
    }
  }
}
