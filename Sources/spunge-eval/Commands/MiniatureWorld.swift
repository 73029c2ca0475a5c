import ArgumentParser
import Miniature
import Spunge
import Tensors

struct MiniatureWorld: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "miniature",
    abstract: "Builds the fictional world of 'reproduce': texts, questions and models.",
    subcommands: [Build.self])

  struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a world's files and trains its models (takes minutes the first time).",
      discussion: """
        Example:
          spunge-eval miniature build --seed 1 --output world
          spunge-eval score --model world/models/zephyr-1 --include-path tasks/miniature --tasks miniature \\
            --data world
        """)

    @Option(help: "Random seed of the world: facts, texts, tokenizers, weights.")
    var seed: UInt64 = 1
    @Option(
      help: "Fraction of each group's and domain's unwanted language that no other shares, 0 to 1.")
    var heterogeneity = 0.0
    @Option(
      help: "Number of base models of each kind; they differ in initial weights and documents.")
    var bases = 1
    @Flag(help: "Write only texts and questions; train no models.") var textsOnly = false
    @Option(help: "Folder to write; must not exist.") var output: String
    @Option(help: "Work folder, where trained models are cached.") var work = ".spunge"

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
