import Evaluation
import Formats
import Foundation
import LanguageModels
import PythonText
import Reporting
import Spunge
import Tensors

/// Writes and prints the results of scoring a model wherever the options ask for.
struct ScoreOutput {
  let plan: TaskPlan
  let results: [TaskScoring.Result]
  let model: OpenedModel
  let asking: TextModel.Settings
  let evaluation: EvaluationOptions
  let started: Date
  /// False for `--predict-only`: answers are stored without scores.
  var keepsScores = true

  /// Scores of the tasks, then of the groups.
  private var scores: [ScoreRecord] {
    keepsScores ? results.flatMap(\.scores) + groupScores : []
  }

  private var groupScores: [ScoreRecord] {
    keepsScores ? GroupScores.records(for: plan.groups, from: results.flatMap(\.scores)) : []
  }

  func write(_ options: OutputOptions, to run: RunDirectory?) throws {
    let row = options.name ?? model.rowName
    if let run {
      let report = Report(
        title: row, records: scores, samples: [row: results.flatMap(\.samples)], baseline: row,
        notes: results.flatMap(\.warnings))
      try WholeFile.write(try JSONLinesText.encode(scores), to: run.scoresFile)
      try ReportFiles.write(
        report, formats: ReportFormat.all.filter { $0.fileName != nil }.map(\.name), to: run.path)
    }
    let harness = harnessRun
    let table = HarnessTable(
      tasks: harness.tasks, groups: harness.groups, groupScores: harness.groupScores)
    if let path = options.outputPath {
      try writeHarnessFiles(harness, path: path, logsSamples: options.logSamples || !keepsScores)
    }
    if options.json {
      try Output.print(json: JSONLinesText.encode(scores))
      for warning in results.flatMap(\.warnings) { Notice.print(warning) }
    } else {
      try Output.print(header + "\n\n" + (keepsScores ? table.text + "\n" : "") + footer)
    }
  }

  private func writeHarnessFiles(_ run: HarnessRun, path: String, logsSamples: Bool) throws {
    let files = HarnessFiles(outputPath: path, model: run.model.name, date: Date())
    try WholeFile.makeFolder(files.folder)
    // Names contain the time, so a later run never has the same name.
    Leftovers.remove(in: files.folder)
    var hashes: [(task: String, hash: String)] = []
    for scored in logsSamples ? run.tasks : [] {
      let name = scored.evaluator.task.name
      let file = try AtomicFile(path: files.samples(task: name))
      hashes.append(
        (name, try HarnessSamples(scored, predictsOnly: !keepsScores).write(file.write)))
      try file.commit()
    }
    try WholeFile.write(HarnessResults(run, taskHashes: hashes).text, to: files.results)
    Notice.print("results: \(files.results)")
  }

  // MARK: The run as the harness sees it

  private var harnessRun: HarnessRun {
    let tasks = plan.evaluators.indices.map { index in
      HarnessRun.ScoredTask(
        evaluator: plan.evaluators[index], samples: samples(results[index]),
        scores: keepsScores ? results[index].scores : [], splitCount: plan.splitCounts[index])
    }
    return HarnessRun(
      tasks: tasks, groups: plan.groups, groupScores: groupScores, model: harnessModel,
      settings: harnessSettings, started: started, seconds: Date().timeIntervalSince(started),
      gitRevision: GitRevision.current(), environment: Machine.current().summary)
  }

  /// The answers, without scores for `--predict-only`.
  private func samples(_ result: TaskScoring.Result) -> [SampleRecord] {
    guard !keepsScores else { return result.samples }
    return result.samples.map { sample in
      var sample = sample
      for index in sample.outcomes.indices { sample.outcomes[index].metrics = [:] }
      return sample
    }
  }

  private var harnessModel: HarnessRun.Model {
    var result = HarnessRun.Model(
      name: model.options.model, computeType: model.options.dtype.rawValue)
    result.parameterCount = model.parameterCount
    result.maximumLength = asking.length(model.directory.configuration)
    result.begin = model.tokenizer.beginID.map(token)
    result.end = model.tokenizer.endID.map(token)
    result.padding = padding
    result.askedLength = model.options.maxLength
    return result
  }

  /// Like the harness, falls back to the unknown or end token if the tokenizer has no padding token.
  private var padding: (text: String, id: Int)? {
    let tokens = (try? model.directory.specialTokens()) ?? [:]
    guard let text = tokens["pad_token"] ?? tokens["unk_token"] else {
      return model.tokenizer.endID.map(token)
    }
    guard let ids = try? model.tokenizer.encode(text, addSpecial: false), ids.count == 1 else {
      return nil
    }
    return (text, ids[0])
  }

  private func token(_ id: Int) -> (text: String, id: Int) {
    ((try? model.tokenizer.decode([id], skipSpecial: false)) ?? "", id)
  }

  private var harnessSettings: HarnessRun.Settings {
    var settings = HarnessRun.Settings()
    settings.limit = evaluation.limit?.value
    settings.bootstrapIterations = evaluation.bootstrapIters
    settings.generationArguments = (try? evaluation.generation.arguments().values) ?? .init()
    settings.seed = evaluation.seed.value
    settings.otherSeeds = evaluation.seed.others
    settings.predictsOnly = !keepsScores
    settings.profile = asking.profile
    let prompts = plan.evaluators.first?.settings
    settings.systemInstruction = prompts?.systemInstruction
    settings.chatTemplate = prompts?.chat?.template.source
    settings.fewShotAsMultiturn = prompts?.chat?.fewShotAsMultiturn
    settings.batchTokens = model.options.batchTokens
    settings.remarks = [
      ("dtype", .string(model.options.dtype.rawValue)), ("bos", .string(beginPolicy)),
      ("truncated_prompts", counts(truncated)), ("dropped_examples", counts(dropped)),
      ("warnings", .list(results.flatMap(\.warnings).map { .string($0) })),
    ]
    return settings
  }

  // MARK: Header and footer of the table

  private var beginPolicy: String { asking.addsBegin(model.tokenizer) ? "added" : "not added" }

  /// Number of truncated prompts per task.
  private var truncated: [(task: String, count: Int)] {
    zip(plan.evaluators, results).map { evaluator, result in
      let cut = result.samples.count { $0.truncatedTokens > 0 }
      return (evaluator.task.name, cut)
    }
  }

  /// Number of few-shot examples per task that were dropped to make prompts fit.
  private var dropped: [(task: String, count: Int)] {
    zip(plan.evaluators, results).map { evaluator, result in
      (evaluator.task.name, result.samples.reduce(0) { $0 + $1.droppedExamples })
    }
  }

  private func counts(_ counts: [(task: String, count: Int)]) -> Value {
    .mapping(Mapping(counts.map { ($0.task, .integer($0.count)) }))
  }

  private var header: String {
    let arguments = (try? evaluation.generation.arguments().values) ?? .init()
    let limit = evaluation.limit.map(\.defaultValueDescription) ?? "none"
    let shots = evaluation.numFewshot.map { String($0) } ?? "per task"
    return "spunge-eval (pretrained=\(model.options.model),dtype=\(model.options.dtype.rawValue)), "
      + "gen_kwargs: (\(Value.mapping(arguments).text)), limit: \(limit), "
      + "num_fewshot: \(shots), batch tokens: \(model.options.batchTokens)"
  }

  private var footer: String {
    let documents = results.reduce(0) { $0 + $1.samples.count }
    let cut = truncated.reduce(0) { $0 + $1.count }
    let examples = dropped.reduce(0) { $0 + $1.count }
    let facts = [
      "profile \(asking.profile.rawValue)", model.options.dtype.rawValue,
      "BOS \(beginPolicy)",
      "\(cut) of \(documents) prompts truncated, \(examples) few-shot examples dropped",
      "few-shot seed \(evaluation.seed.value)",
    ]
    let lines = [facts.joined(separator: " · ")] + results.flatMap(\.warnings)
    return lines.joined(separator: "\n")
  }
}

extension HarnessFiles {
  /// Creates the results folder and checks that it is writable.
  static func checkWritable(_ outputPath: String, model: String) throws {
    let files = HarnessFiles(outputPath: outputPath, model: model, date: Date())
    try WholeFile.makeFolder(files.folder)
    try AtomicFile(path: files.results).write("{}")
  }
}

extension Machine {
  /// A human-readable summary of a few lines.
  var summary: String {
    [
      "OS: \(operatingSystem)", "CPU: \(processor)", "Cores: \(cores)",
      "Features: \(features.joined(separator: " "))", "Memory: \(memoryBytes >> 20) MiB",
    ].joined(separator: "\n")
  }
}
