import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Spunge
import Tensors

struct Rescore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Rescores stored answers with the metrics and filters of the current task files.",
    discussion: """
      Takes a results folder (samples/<model>/<task>.jsonl), a model's output folder of lm-evaluation-harness, or one \
      of its samples_*.jsonl files. Needs no model; answers stored by the harness need no data either. With \
      --classifier or --set, the completions of 'toxicity' in a results folder are classified again.

      Examples:
        spunge-eval rescore results/mine --include-path my-tasks --data ~/data
        spunge-eval rescore out/my-model --output rescored
        spunge-eval rescore results/mine --classifier other-roberta --set threshold=0.7 --output rescored
      """)

  @Argument(help: "Folder or file with stored answers.") var answers: String
  @Option(
    name: [.customShort("t"), .long], parsing: .upToNextOption,
    help: "Only these tasks, groups or tags (default: all with stored answers).")
  var tasks: [String] = []
  @OptionGroup var folder: TaskFolderOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var evaluation: RescoringOptions
  @OptionGroup(title: "Completions") var judging: JudgingOptions
  @Option(help: "Folder for the new scores, samples and tables.") var output: String?
  @Flag(help: "Print the scores as JSON Lines.") var json = false

  func run() throws {
    if let output { try OutputPlace.checkFolder(output) }
    if judging.areGiven { return try judgeAnew() }
    let stored = try StoredAnswers.find(answers)
    var selection = TaskSelectionOptions()
    selection.names = tasks.isEmpty ? stored.map(\.task) : tasks
    selection.folder = folder
    let selected = try selection.select(evaluation.profile)
    var runs: [(model: String, tasks: [HarnessRun.ScoredTask])] = []
    for task in try selected.tasks.map(evaluation.generation.applied) {
      for answers in stored where answers.task == task.name {
        let scored = try answers.rescored(task, settings: evaluation.settings) { settings in
          try TaskDocuments.load(task, root: try data.root(), settings: settings)
        }
        if let index = runs.firstIndex(where: { $0.model == answers.model }) {
          runs[index].tasks.append(scored)
        } else {
          runs.append((answers.model, [scored]))
        }
      }
    }
    guard !runs.isEmpty else { throw StoredAnswersError.nothing(path: answers) }
    try show(runs, groups: selected.groups)
  }

  private func judgeAnew() throws {
    let started = Date()
    let judged = try StoredCompletions(folder: answers).rejudged(judging)
    let results = try judged.output()
    if let output {
      let folder = try RunDirectory(path: output)
      try judged.write(to: folder)
      try results.write(to: folder, started: started)
    }
    try Output.print(
      json ? try JSONLinesText.encode(results.scores) : results.text, terminator: json ? "" : "\n")
  }

  private func show(
    _ runs: [(model: String, tasks: [HarnessRun.ScoredTask])], groups: [TaskGroup]
  ) throws {
    let taskScores = runs.flatMap { $0.tasks.flatMap(\.scores) }
    let groupScores = GroupScores.records(for: groups, from: taskScores)
    let scores = taskScores + groupScores
    if let output {
      let folder = try RunDirectory(path: output)
      for (model, tasks) in runs {
        for scored in tasks {
          try WholeFile.write(
            try JSONLinesText.encode(scored.samples),
            to: folder.samplesFile(variant: model, task: scored.evaluator.task.name))
        }
      }
      try WholeFile.write(try JSONLinesText.encode(scores), to: folder.scoresFile)
      let samples = runs.map { ($0.model, $0.tasks.flatMap(\.samples)) }
      let report = Report(
        title: answers, records: scores,
        samples: Dictionary(samples, uniquingKeysWith: { first, _ in first }),
        baseline: runs[0].model)
      try ReportFiles.write(
        report, formats: ReportFormat.all.filter { $0.fileName != nil }.map(\.name),
        to: folder.path)
    }
    if json { return try Output.print(json: JSONLinesText.encode(scores)) }
    for (model, tasks) in runs {
      try Output.print("\(model), answers from \(answers)\n")
      let table = HarnessTable(
        tasks: tasks, groups: groups, groupScores: groupScores.filter { $0.model == model })
      try Output.print(table.text)
    }
  }
}
