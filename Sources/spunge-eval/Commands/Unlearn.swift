import ArgumentParser
import Foundation
import LanguageModels
import Spunge
import Tensors

struct Unlearn: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Unlearns the forget files from a model and writes a Hugging Face folder.",
    discussion: """
      Each forget file is one domain; batches alternate between domains. Retain files are paired with the domains if \
      there are equally many, and pooled otherwise. Rows are {"text"}, {"prompt", "completion"} or {"ids"}.

      Example:
        spunge-eval unlearn --method rmu --settings rmu.yaml --base model --forget bio.jsonl \\
          --forget cyber.jsonl --retain wikitext.jsonl --output unlearned
        spunge-eval unlearn --method task_vector_negation --set preset=spunge-llama2 \\
          --set training.learningRate=1e-4 --base model --forget toxic.jsonl --output unlearned
      """)

  @Option(help: "Unlearning method; see 'spunge-eval methods'.") var method = "rmu"
  @Option(help: "YAML or JSON file with the method's settings.") var settings: String?
  @Option(
    help: ArgumentHelp(
      "A setting, which overrides the file's; may be repeated.", valueName: "key=value"))
  var set: [String] = []
  @Option(help: "Hugging Face folder or .gguf file.") var base: String
  @Option(parsing: .upToNextOption, help: "JSON Lines to forget, one file per domain.")
  var forget: [String]
  @Option(parsing: .upToNextOption, help: "JSON Lines to retain.") var retain: [String] = []
  @OptionGroup var engine: EngineOptions
  @OptionGroup var training: TrainingOptions
  @OptionGroup var result: ModelOutput
  @Option(help: "Random seed.") var seed: UInt64 = 42
  @Option(
    help: "File for every step's losses, norms and cosines: JSON Lines, or CSV if it ends in .csv.")
  var log: String?
  @Option(help: "Threads (default: all processors).") var threads: Int?

  func validate() throws { try OptionRange.check("--threads", threads, OptionRange.threads) }

  func run() throws {
    if let threads { ThreadCount.set(threads) }
    if !training.plan {
      try ModelOutput.check(
        folders: [result.output, training.adapterOutput],
        files: [log == "-" ? nil : log, training.state],
        inputs: [base] + forget + retain + [settings].compactMap(\.self))
    }
    let method = try unlearningMethods.method(
      method, settings: try settingsNode(file: settings, assignments: set))
    let base = try ModelDirectory.opened(base)
    let corpora = { (paths: [String], alternateColumn: String?) in
      try paths.map { path in
        try TokenCorpus(
          name: path, documents: try CorpusFile.read([URL(fileURLWithPath: path)]).documents,
          alternateColumn: alternateColumn, tokenizer: { try TokenizerLoader.load(base) })
      }
    }
    let domains = try corpora(forget, method.alternateColumn)
    var kept = try corpora(retain, nil)
    if kept.count > 1, kept.count != domains.count {
      kept = [
        TokenCorpus(
          name: "retain", rows: kept.flatMap(\.rows),
          completionStarts: kept.flatMap(\.completionStarts))
      ]
    }
    let stateLock = training.plan ? nil : try training.state.map { try FileLock(file: $0) }
    defer { withExtendedLifetime(stateLock) {} }
    if stateLock != nil, let state = training.state { Leftovers.remove(of: state) }
    let steps = log.map { StepLog(path: $0) }
    let progress = TerminalProgress()
    var job = UnlearningJob(
      name: result.output, configuration: base.configuration, base: base.checkpoint,
      forget: domains,
      retain: kept, engine: engine.engine, random: RandomSource(seed: seed)
    ) { step in
      try steps?.put(step)
      progress.report(step: "unlearn", done: step.step + 1, total: step.steps, unit: "steps")
    }
    let plan: UnlearningPlan
    do { plan = try method.plan(job) } catch let error as UnlearningError {
      throw StepError(step: "unlearn with \(method.card.name)", cause: error)
    }
    let memory = try plan.program?.memoryPlan(base.configuration, budget: training.memory?.count)
    guard !training.plan else {
      return try Output.print(
        TrainingOptions.text(tokens: plan.program?.tokens ?? 0, memory))
    }
    try base.checkpoint.requireFinite()
    training.apply(memory, to: &job)
    if training.state != nil {
      let files = try ModelOutput.inputs(base.sourceFiles, role: "base").map(\.sha256)
      job.identity = try (files + [method.card.name, method.resolvedYAML()])
        .joined(separator: "\n")
    }
    let checked = job
    let delta = try TrainingState.startingAnew(isOurs: false, progress.note) {
      try plan.run(checked)
    }
    if try delta.isZero {
      Notice.print(
        "nothing changed: '\(result.output)' will equal the base. Possible causes are a warm-up as long as the run, a "
          + "learning rate too small for the parameters' dtype or a loss without a gradient; see the steps with --log"
      )
    }
    try result.write(delta, on: base) {
      try Provenance(
        step: "unlearn", method: method, seed: seed,
        inputs: try ModelOutput.inputs(forget, role: "forget")
          + ModelOutput.inputs(retain, role: "retain"))
    }
    try steps?.finish()
  }
}
