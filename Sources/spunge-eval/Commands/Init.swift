import ArgumentParser
import Evaluation
import Formats
import Foundation
import LanguageModels
import Reporting
import Spunge
import Tensors

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a commented experiment file for a model and data of your own.",
    discussion: """
      Looks at the model, at the columns of the forget files and at which benchmarks are on this machine, and chooses \
      how to split, unlearn and score; each choice is in the file with the reason.

      Example:
        spunge-eval init --model HuggingFaceH4/zephyr-7b-beta --forget toxic.jsonl --retain wiki.jsonl \\
          --output mine.yaml && spunge-eval run mine.yaml --plan
      """)

  @Option(help: "Model folder, GGUF file, or owner/name in Hugging Face's cache.")
  var model: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "JSON Lines with what is to be forgotten: text, or prompt and completion; other columns may divide it.",
      valueName: "file"))
  var forget: [String]
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("JSON Lines with text whose treatment is to stay.", valueName: "file"))
  var retain: [String] = []
  @Option(help: "Column to split by (default: proposed from the columns' values).")
  var attribute: String?
  @Option(
    help: "Unlearning method (default: rmu, without --retain task_vector_negation); see methods.")
  var method: String?
  @Option(
    name: [.customShort("t"), .customLong("tasks")], parsing: .upToNextOption,
    help: ArgumentHelp(
      "Benchmarks (default: those of the paper whose documents are on this machine).",
      valueName: "task"))
  var tasks: [String] = []
  @OptionGroup var folder: TaskFolderOptions
  @OptionGroup var data: DataOptions
  @Option(help: "Name of the experiment and its results folder.") var name: String?
  @Option(help: "Experiment file to write; - for standard output.") var output = "experiment.yaml"
  @Flag(help: "Replace the file if it is there.") var force = false

  func run() throws {
    if output != "-" {
      try OutputPlace.checkFile(output)
      if !force, FileManager.default.fileExists(atPath: output) {
        throw ValidationError("\(output) is there already; give another --output, or --force")
      }
    }
    let (draft, notes) = try draft()
    let text = try draft.text()
    // What `run` would refuse is to be known now.
    _ = try ExperimentGrid(try ExperimentFile(path: output, text: text)).points.map {
      try Experiment(
        $0.file, variables: ProcessInfo.processInfo.environment,
        vocabulary: Experiment.Vocabulary(
          tasks: try folder.index().entries.keys.sorted(),
          formats: ReportFormat.all.filter { $0.fileName != nil }.map(\.name)))
    }
    if output == "-" {
      try Output.print(text, terminator: "")
    } else {
      try WholeFile.write(text, to: output)
      try Output.print("written to \(output); next: spunge-eval run \(output) --plan")
    }
    notes.forEach(Notice.print)
  }

  private func draft() throws -> (draft: ExperimentDraft, notes: [String]) {
    let opened = try ModelDirectory.open(model)
    let corpus = try CorpusFile.read(forget.map { URL(fileURLWithPath: $0) })
    if !retain.isEmpty { _ = try CorpusFile.read(retain.map { URL(fileURLWithPath: $0) }) }
    let columns = CorpusColumn.all(corpus.documents)
    let attribute = try chosen(of: columns)
    let method = method ?? (retain.isEmpty ? TaskVectorNegation.card.name : RMU.card.name)
    _ = try unlearningMethods.method(method)
    if method == RMU.card.name, retain.isEmpty {
      throw ValidationError("rmu holds text that is to stay where it is: give it as --retain")
    }
    let benchmarks = try benchmarks()
    var notes = opened.remarks
    if corpus.dropped > 0 {
      notes.append("\(corpus.dropped) forget rows without text are left out")
    }
    if let missing = benchmarks.missing { notes.append(missing) }
    return (
      ExperimentDraft(
        name: name ?? ExperimentDraft.name(model: model, attribute: attribute?.name), model: model,
        configuration: opened.configuration, forget: forget, retain: retain, columns: columns,
        documents: corpus.documents.count, attribute: attribute, method: method,
        tasks: benchmarks.tasks, taskComments: benchmarks.comments),
      notes
    )
  }

  private func chosen(of columns: [CorpusColumn]) throws -> CorpusColumn? {
    guard let attribute else { return CorpusColumn.proposed(of: columns) }
    guard let column = columns.first(where: { $0.name == attribute }) else {
      let names = columns.map(\.name)
      throw ValidationError(
        "--attribute: the forget files have no column '\(attribute)'"
          + NearName.suggestion(for: attribute, in: names)
          + (names.isEmpty
            ? "; they have none besides the text" : "; columns: \(NameList.text(names))"))
    }
    guard column.missing == 0, column.parts.count > 1 else {
      throw ValidationError(
        "--attribute: '\(attribute)' makes no parts: "
          + (column.missing > 0
            ? "\(column.missing) documents have no such column"
            : "two values with two documents each are needed"))
    }
    return column
  }

  private struct Benchmarks {
    var tasks: [String]
    var comments: [String]
    var missing: String?
  }

  /// Those asked for, else those of the paper that can be read here, else one, with what is missing.
  private func benchmarks() throws -> Benchmarks {
    let index = try folder.index()
    let asked = tasks.flatMap { $0.split(separator: ",").map(String.init) }
    if !asked.isEmpty {
      _ = try index.select(asked)
      return Benchmarks(tasks: asked, comments: [], missing: nil)
    }
    let root = try data.root()
    var found: [String] = []
    var missing: (task: String, error: TaskError)?
    for name in try Self.paperTasks(index) + ["wmdp"] where index.entries[name] != nil {
      do throws(TaskError) {
        for task in try index.select([name]).tasks {
          _ = try TaskDocuments.load(task, root: root, settings: EvaluationSettings(limit: 1))
        }
        found.append(name)
      } catch {
        guard case .missingDocuments = error else { throw error }
        missing = missing ?? (name, error)
      }
    }
    if !found.isEmpty {
      return Benchmarks(
        tasks: found,
        comments: [
          "Those of the paper's benchmarks whose documents are on this machine; `spunge-eval tasks` lists all."
        ], missing: nil)
    }
    return Benchmarks(
      tasks: [missing?.task ?? "arc_easy"],
      comments: [
        "Its documents are not on this machine yet; `spunge-eval tasks` lists all benchmarks."
      ],
      missing: missing.map { "no benchmark's documents are on this machine. \($0.error)" })
  }

  /// The paper's benchmarks, in its order.
  private static func paperTasks(_ index: TaskIndex) throws(TaskError) -> [String] {
    guard index.entries["paper"] != nil else { return [] }
    return try index.select(["paper"]).groups.first { $0.name == "paper" }?.members.map { member in
      switch member {
      case .task(let name): name
      case .group(let group): group.name
      }
    } ?? []
  }
}
