import ArgumentParser
import Evaluation
import Foundation
import Miniature
import Reporting
import Spunge
import Tensors

struct Reproduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Reproduces the paper's tables and figures in a miniature world, without any download.",
    discussion: """
      Builds a small fictional world, trains a Zephyr-like and a Llama2-like model in it, unlearns with every method \
      with and without splitting, and writes the paper's tables and figures under their original numbers, followed \
      by further results. Finished steps are cached in the work folder: rerun the same command to resume.

      Examples:
        spunge-eval reproduce                     three base models of each kind
        spunge-eval reproduce --quick             one base model of each kind
        spunge-eval reproduce --table 2           one of the paper's tables
        spunge-eval reproduce --scale paper --plan  what the paper's own models need
      """)

  /// The size of the models.
  enum Scale: String, CaseIterable, ExpressibleByArgument {
    /// The models of the miniature world.
    case miniature
    /// The paper's models, as far as they are on this machine.
    case paper
  }

  @Option(help: "miniature, or paper: the paper's own models and data, which must be present.")
  var scale = Scale.miniature
  @Flag(help: "With --scale paper: only print what is needed and what is missing.")
  var plan = false
  @Flag(help: "With --scale paper: run every combination of the settings that the paper omits.")
  var search = false
  @OptionGroup var data: DataOptions

  @Option(
    help: "Number of base models of each kind, or a comma-separated list of them (default: 3).")
  var seeds: String?
  @Flag(help: "Only one base model of each kind.") var quick = false
  @Option(help: ArgumentHelp("Only this table of the paper; may be repeated.", valueName: "1…7"))
  var table: [Int] = []
  @Option(help: ArgumentHelp("Only this figure of the paper; may be repeated.", valueName: "2…4"))
  var figure: [Int] = []
  @Flag(help: "Show the paper's own numbers next to ours.") var besidePaper = false
  @Option(
    help: ArgumentHelp(
      "Fraction of each group's language that no other shares, 0 to 1; a comma-separated list makes several worlds.",
      valueName: "h"))
  var heterogeneity = "0"
  @Option(help: "Random seed of the world: its facts, texts and tokenizers.")
  var world: UInt64 = 1
  @Option(help: "Folder for results (default: results/reproduce, or results/reproduce-paper).")
  var output: String?
  @Option(help: "Work folder for models and unfinished steps.") var work = ".spunge"
  @Option(help: "Threads (default: all processors).") var threads: Int?

  func validate() throws {
    if let wrong = table.first(where: { !(1...7).contains($0) }) {
      throw ValidationError("--table \(wrong): the paper has tables 1 to 7")
    }
    if let wrong = figure.first(where: { !(2...4).contains($0) }) {
      throw ValidationError("--figure \(wrong): the paper's result figures are 2 to 4")
    }
    if scale == .miniature, plan || search {
      throw ValidationError("--\(plan ? "plan" : "search") needs --scale paper")
    }
    if quick, seeds != nil {
      throw ValidationError("--quick means --seeds 1; give only one of them")
    }
    if scale == .paper, quick || seeds != nil || heterogeneity != "0" {
      throw ValidationError(
        "--quick, --seeds and --heterogeneity are for the miniature world, not for --scale paper")
    }
    for (name, folder) in [("output", output), ("work", work)] where folder?.isEmpty ?? false {
      throw ValidationError("--\(name) must name a folder")
    }
    try OptionRange.check("--threads", threads, OptionRange.threads)
    _ = try seedNumbers()
    _ = try shares()
  }

  func run() throws {
    if let threads { ThreadCount.set(threads) }
    if !plan {
      for folder in [work, output].compactMap(\.self) { try OutputPlace.checkFolder(folder) }
    }
    if scale == .paper {
      let paper = try paperScale()
      return plan ? try paper.plan() : try paper.run()
    }
    let output = output ?? "results/reproduce"
    let shares = try shares()
    let miniature = try BuiltInTasks.miniature()
    let scenarios = try Scenario.feeding(
      tables: table, figures: figure, folder: miniature.experiments)
    let tasks = try TaskIndex(folders: [miniature.tasks], profile: .current)
    let progress = TerminalProgress()
    for share in shares {
      let folder = shares.count == 1 ? output : "\(output)/heterogeneity-\(share)"
      let reproduction = Reproduction(
        Reproduction.Settings(
          seeds: try seedNumbers(),
          world: MiniatureSettings(seed: world, heterogeneity: share), scenarios: scenarios,
          experiments: miniature.experiments, results: folder, work: work),
        tasks: tasks, progress: progress)
      try reproduction.run { results in
        let report = ReproductionReport(
          results,
          .miniature(
            tables: try BuiltInTasks.printedTables(), figures: try BuiltInTasks.printedFigures()),
          tables: table, figures: figure, isBesideThePaper: besidePaper,
          provenance: try provenance(share))
        try report.write(to: folder)
        let count = results.first?.seeds.count ?? 0
        progress.note("tables of \(count) base model\(count == 1 ? "" : "s"): \(folder)")
        if count == (try? seedNumbers().count) {
          try Output.print(report.overview(isWhole: table.isEmpty && figure.isEmpty))
        }
      }
      try Output.print("written to \(folder): report.html, summary.md, tables/, figures/")
    }
  }

  private func paperScale() throws -> PaperScale {
    let given = data.data ?? ProcessInfo.processInfo.environment["SPUNGE_DATA"] ?? ""
    let folder = try BuiltInTasks.paperExperiments()
    return PaperScale(
      experiments: try PaperExperiment.all(folder: folder, tables: table, figures: figure),
      tables: table, figures: figure,
      settings: PaperPlan.Settings(
        experiments: folder, data: given.isEmpty ? "data" : given,
        work: work, searches: search,
        tasks: try TaskIndex(folders: [try BuiltInTasks.folder()], profile: .current),
        formats: ReportFormat.all.filter { $0.fileName != nil }.map(\.name),
        progress: TerminalProgress()),
      results: output ?? "results/reproduce-paper")
  }

  private func seedNumbers() throws -> [Int] {
    if quick { return [1] }
    let given = seeds ?? "3"
    let parts = given.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
    let numbers = parts.compactMap(\.self)
    guard numbers.count == parts.count, !numbers.isEmpty,
      numbers.allSatisfy({ (1...1_000_000).contains($0) }),
      Set(numbers).count == numbers.count
    else {
      throw ValidationError(
        "--seeds must be a number of base models up to 1000000, or a list of different numbers such as 1,2,5"
      )
    }
    return numbers.count == 1 && !given.contains(",") ? Array(1...numbers[0]) : numbers
  }

  private func shares() throws -> [Double] {
    let parts = heterogeneity.split(separator: ",").map {
      Double($0.trimmingCharacters(in: .whitespaces))
    }
    let shares = parts.compactMap(\.self)
    guard shares.count == parts.count, !shares.isEmpty,
      shares.allSatisfy({ (0...1).contains($0) }), Set(shares).count == shares.count
    else {
      throw ValidationError(
        "--heterogeneity must be one or more different fractions from 0 to 1, such as 0,0.5,1")
    }
    return shares
  }

  private func provenance(_ share: Double) throws -> [(name: String, value: String)] {
    [
      ("program", "spunge-eval \(Version.current)"), ("world", "seed \(world)"),
      ("heterogeneity", "\(share)"),
      ("base models", try seedNumbers().map(String.init).joined(separator: ", ")),
      ("threads", "\(ThreadCount.current)"),
      ("machine", Machine.current().processor),
    ]
  }
}
