import Formats
import ArgumentParser
import Evaluation
import Foundation

/// Options of a run that override its tasks.
struct EvaluationOptions: ParsableArguments {
  @Option(
    name: [.customShort("L"), .long],
    help: "Number of documents per task, or a fraction below 1 (default: all).")
  var limit: Limit?

  @Option(
    name: [.customShort("E"), .long],
    help: ArgumentHelp(
      "Only these documents: {\"task\": [0, 5]}, or a file with such JSON; other tasks are complete.",
      valueName: "json"))
  var samples: ChosenDocuments?

  @Option(
    name: [.customShort("f"), .long],
    help:
      "Number of few-shot examples (default: as the tasks define; tasks with a fixed 0 keep it).")
  var numFewshot: Int?

  @Option(
    help: ArgumentHelp(
      "Random seed of the few-shot draws; of a list of four, as in the harness, the last.",
      valueName: "seed"))
  var seed = FewShotSeed(value: 1234)

  @OptionGroup var generation: GenerationOptions

  @Option(help: "Resamples for standard errors that have no formula; 0 for none of them at all.")
  var bootstrapIters = 100_000

  @Option(help: "Version of lm-evaluation-harness that is followed where versions differ.")
  var profile: HarnessProfile = .current

  func validate() throws {
    try OptionRange.check("--num-fewshot", numFewshot, OptionRange.fewShot)
    try OptionRange.check("--bootstrap-iters", bootstrapIters, OptionRange.bootstrap)
    if limit != nil, samples != nil {
      throw ValidationError("--limit and --samples both choose documents; give one of them")
    }
  }

  /// Without the limit, which depends on the size of each task.
  var settings: EvaluationSettings {
    EvaluationSettings(
      fewShot: numFewshot, seed: seed.value, bootstrapIterations: bootstrapIters)
  }
}

/// Options that override how answers are generated.
struct GenerationOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Overrides the tasks' generation_kwargs: name=value,… or a JSON object.",
      valueName: "arguments"))
  var genKwargs: [String] = []

  func validate() throws { _ = try arguments() }

  func arguments() throws -> GenerationArguments {
    do { return try GenerationArguments(genKwargs) } catch {
      throw ValidationError("--gen-kwargs: \(error)")
    }
  }

  /// The task with its own arguments overridden by these.
  func applied(to task: EvaluationTask) throws -> EvaluationTask {
    let arguments = try arguments()
    return arguments.isEmpty
      ? task : try EvaluationTask(task.file.with(arguments), profile: task.profile)
  }
}

/// What changes a score without changing a question.
struct RescoringOptions: ParsableArguments {
  @Option(
    name: [.customShort("f"), .long],
    help: "Number of few-shot examples in the stored answers' prompts (default: as recorded).")
  var numFewshot: Int?

  @Option(
    help: ArgumentHelp(
      "Random seed of the few-shot draws in the stored answers' prompts.", valueName: "seed"))
  var seed = FewShotSeed(value: 1234)

  @OptionGroup var generation: GenerationOptions

  @Option(help: "Resamples for standard errors that have no formula; 0 for none of them at all.")
  var bootstrapIters = 100_000

  @Option(help: "Version of lm-evaluation-harness that is followed where versions differ.")
  var profile: HarnessProfile = .current

  func validate() throws {
    try OptionRange.check("--num-fewshot", numFewshot, OptionRange.fewShot)
    try OptionRange.check("--bootstrap-iters", bootstrapIters, OptionRange.bootstrap)
  }

  var settings: EvaluationSettings {
    EvaluationSettings(
      fewShot: numFewshot, seed: seed.value, bootstrapIterations: bootstrapIters)
  }
}

/// How many documents of a task: a number or a fraction.
struct Limit: ExpressibleByArgument, Equatable {
  /// As given: a number of documents if at least 1, else a fraction.
  let value: Double

  init?(argument: String) {
    guard let value = Double(argument), value > 0, value < 1 || value == value.rounded(),
      value < 1e15
    else { return nil }
    self.value = value
  }

  /// The number of documents out of `count`; a fraction is rounded up.
  func documents(of count: Int) -> Int {
    value < 1 ? Int((Double(count) * value).rounded(.up)) : Int(value)
  }

  var defaultValueDescription: String { value < 1 ? "\(value)" : "\(Int(value))" }
}

/// Documents of some tasks, by their position in the evaluated split.
struct ChosenDocuments: ExpressibleByArgument, Equatable {
  let positions: [String: Set<Int>]

  /// A JSON object, or the path of a file that holds one.
  init?(argument: String) {
    let text =
      argument.contains("{") ? argument : try? String(contentsOfFile: argument, encoding: .utf8)
    guard let text,
      let lists = try? JSONDecoder().decode([String: [Int]].self, from: Data(text.utf8))
    else { return nil }
    positions = lists.mapValues { Set($0) }
  }

  /// - Throws: `ValidationError` for a task that is not scored, or one without documents.
  func check(tasks: [String]) throws {
    for (task, chosen) in positions.sorted(by: { $0.key < $1.key }) {
      if !tasks.contains(task) {
        throw ValidationError(
          "--samples: '\(task.shown())' is not among the tasks: \(NameList.text(tasks))")
      }
      if chosen.isEmpty {
        throw ValidationError("--samples: the list of documents of '\(task)' is empty")
      }
    }
  }

  /// The chosen positions of a task; `nil` for all.
  /// - Throws: `ValidationError` for a position outside of the split.
  func positions(task: String, of count: Int) throws -> Set<Int>? {
    guard let positions = positions[task] else { return nil }
    if let outside = positions.sorted().first(where: { !(0..<count).contains($0) }) {
      throw ValidationError("--samples: \(task) has no document \(outside); there are \(count)")
    }
    return positions
  }
}

/// The seed of the few-shot draws.
struct FewShotSeed: ExpressibleByArgument, Equatable {
  let value: UInt64
  /// The harness's seeds of Python, NumPy and PyTorch, which its results files record.
  var others = [0, 1234, 1234]

  init(value: UInt64) { self.value = value }

  /// One number, or the harness's list for Python, NumPy, PyTorch and few-shot draws.
  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard [1, 4].contains(parts.count), let seed = UInt64(parts[parts.count - 1]) else {
      return nil
    }
    value = seed
    let given = parts.map { Int($0) ?? 0 }
    others = given.count == 1 ? Array(repeating: given[0], count: 3) : Array(given.prefix(3))
  }

  var defaultValueDescription: String { "\(value)" }
}
