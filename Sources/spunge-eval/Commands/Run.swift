import ArgumentParser
import Evaluation
import Formats
import Foundation
import Reporting
import Spunge
import Tensors

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs an experiment: split, unlearn, merge, score, table.",
    discussion: """
      Finished steps are cached in the work folder: rerun the same command to resume. ${NAME} in a path is replaced \
      by the value given with --set, else by the environment variable.

      Example:
        SPUNGE_MODELS=~/models SPUNGE_DATA=~/data \\
          spunge-eval run tasks/experiments/smollm2-domains.yaml
      """)

  @Argument(help: "Experiment file (YAML).") var experiment: String
  @OptionGroup var folder: TaskFolderOptions
  @OptionGroup var data: DataOptions
  @Option(help: "Folder of models; sets ${SPUNGE_MODELS}.") var models: String?
  @Option(help: ArgumentHelp("Sets a variable used in the file's paths.", valueName: "NAME=value"))
  var set: [String] = []
  @Option(help: "Folder for results (default: results/<name>).") var output: String?
  @Option(help: "Work folder for deltas and unfinished steps.") var work = ".spunge"
  @OptionGroup var engine: EngineOptions
  @Option(help: "Threads (default: all processors).") var threads: Int?
  @Option(help: "Number of processes to run a grid's experiments in.") var jobs = 1
  @Option(
    help: ArgumentHelp(
      "Run only shard i of n of a grid; 'collect' combines the folders.", valueName: "i/n"))
  var shard: Shard?
  @Option(
    help: ArgumentHelp(
      "Memory limit for training, for example 8G, shared by all jobs (default: use what is fastest).",
      valueName: "bytes"))
  var memory: ByteCount?
  @Option(help: "Training steps between two checkpoints of the training state.")
  var stateInterval = 50
  @Flag(help: "Only print the steps and their cost.") var plan = false
  @Flag(help: .hidden) var endsWithInput = false

  func validate() throws {
    try OptionRange.check("--threads", threads, OptionRange.threads)
    try OptionRange.check("--jobs", jobs, OptionRange.threads)
    try OptionRange.check("--state-interval", stateInterval, OptionRange.positive)
    if jobs > 1, shard != nil {
      throw ValidationError("--jobs makes its own shards; leave out --shard")
    }
  }

  func run() throws {
    do { try runAll() } catch let error as any ExitingError where error.blame == .input {
      let text = "\(error)"
      let place = text.prefix { $0 != ":" }
      // Methods do not know which file their settings came from.
      let isNamed =
        text.contains(experiment) || FileManager.default.fileExists(atPath: String(place))
      throw isNamed ? error : StepError(step: experiment, cause: error)
    }
  }

  private func runAll() throws {
    if let threads { ThreadCount.set(threads) }
    if endsWithInput { try ParentWatch.begin() }
    if !plan {
      for folder in [work, output].compactMap(\.self) { try OutputPlace.checkFolder(folder) }
    }
    let index = try folder.index()
    let points = try ExperimentGrid(try ExperimentFile(path: experiment)).points
    let vocabulary = Experiment.Vocabulary(
      tasks: index.entries.keys.sorted(),
      formats: ReportFormat.all.filter { $0.fileName != nil }.map(\.name))
    let variables = try variables()
    // Read all experiments before computing anything.
    let experiments = try points.map {
      try Experiment($0.file, variables: variables, vocabulary: vocabulary)
    }
    let whole = "results/\(experiments[0].name)"
    let results = output ?? shard.map { RunJobs.folder(whole, $0) } ?? whole
    if let shard, !points.indices.contains(where: shard.takes) {
      throw ValidationError(
        "--shard: the file has \(points.count) experiments, none of them in this shard")
    }
    if jobs > 1, points.count > 1, !plan {
      let report = try RunJobs(
        results: results, jobs: min(jobs, points.count), threads: ThreadCount.current,
        memory: memory?.count, formats: experiments[0].table.formats
      ).run(
        try HarnessSpelling.translated(Array(CommandLine.arguments.dropFirst())))
      try Output.print(ReportFormat.console.render(report))
      try Output.print("written to \(results)")
      return
    }
    let digests = FileDigests(work: work, progress: TerminalProgress())
    let members = try zip(points, experiments).enumerated().map { place, member in
      GridRun.Member(
        pipeline: try SpungePipeline(
          member.1, tasks: index,
          paths: .init(
            data: try data.root(),
            results: points.count == 1 ? results : GridRun.folder(results, point: place),
            work: work),
          context: RunContext(
            random: RandomSource(seed: member.1.seed), digests: digests, engine: engine.engine,
            progress: TerminalProgress(), memory: memory?.count, stateInterval: stateInterval,
            // Only a job of a killed parent can hold a shard's lock, and it is about to end: wait for it.
            patience: endsWithInput ? .seconds(10) : .zero)),
        point: member.0)
    }
    if plan { return try printPlan(members) }
    let report =
      members.count == 1
      ? try members[0].pipeline.run()
      : try GridRun(members, results: results, shard: shard).run()
    try Output.print(ReportFormat.console.render(report))
    try Output.print("written to \(results)")
  }

  /// Plans each experiment separately, although shared steps run only once.
  private func printPlan(_ members: [GridRun.Member]) throws {
    let own = members.enumerated().filter { shard?.takes($0.offset) ?? true }
    let plans = try GridRun.plans(own.map(\.element))
    let speed = try MachineSpeed.measure()
    for ((place, member), plan) in zip(own, plans) {
      if members.count > 1 {
        let choices = member.point.choices.map { "\($0.key)=\($0.value)" }
        try Output.print(
          "\(place + 1) of \(members.count): \(choices.joined(separator: ", "))".oneLine)
      }
      try Output.print(RunEstimate(plan, speed).text)
    }
  }

  private func variables() throws -> [String: String] {
    var variables = ProcessInfo.processInfo.environment
    if let models { variables["SPUNGE_MODELS"] = models }
    if let data = data.data { variables["SPUNGE_DATA"] = data }
    for assignment in set {
      let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw ValidationError("--set must be NAME=value, not '\(assignment)'")
      }
      variables[parts[0]] = parts[1]
    }
    return variables
  }
}
