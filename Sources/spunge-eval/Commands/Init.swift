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
      Inspects the model, the columns of the forget files and the benchmarks on this machine, then chooses how to \
      split, unlearn and score. The file gives a reason for every choice.

      Example:
        spunge-eval init --model HuggingFaceH4/zephyr-7b-beta --forget toxic.jsonl --retain wiki.jsonl \\
          --output mine.yaml && spunge-eval run mine.yaml --plan
      """)

  @Option(help: "Model folder, GGUF file, or owner/name in the Hugging Face cache.")
  var model: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "JSON Lines to forget: text, or prompt and completion; other columns can be used to split.",
      valueName: "file"))
  var forget: [String]
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("JSON Lines to retain.", valueName: "file"))
  var retain: [String] = []
  @Option(help: "Column to split by (default: chosen from the columns' values).")
  var attribute: String?
  @Option(
    help:
      "Unlearning method (default: rmu, or task_vector_negation without --retain); see 'methods'.")
  var method: String?
  @Option(
    name: [.customShort("t"), .customLong("tasks")], parsing: .upToNextOption,
    help: ArgumentHelp(
      "Benchmarks (default: the paper's benchmarks whose documents are on this machine).",
      valueName: "task"))
  var tasks: [String] = []
  @OptionGroup var folder: TaskFolderOptions
  @OptionGroup var data: DataOptions
  @Option(help: "Name of the experiment and its results folder.") var name: String?
  @Option(help: "Experiment file to write, or - for standard output.")
  var output = "experiment.yaml"
  @Flag(help: "Overwrite an existing file.") var force = false

  func run() throws {
    if output != "-" {
      try OutputPlace.checkFile(output)
      if !force, FileManager.default.fileExists(atPath: output) {
        throw ValidationError("\(output) already exists; choose another --output or use --force")
      }
    }
    let (draft, notes) = try draft()
    let text = try draft.text()
    // Fail now on anything that `run` would refuse.
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
      throw ValidationError("rmu needs text to retain: give it as --retain")
    }
    let benchmarks = try benchmarks()
    var notes = opened.remarks
    if corpus.dropped > 0 {
      notes.append("\(corpus.dropped) forget rows without text are skipped")
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
            ? "; they have only the text" : "; columns: \(NameList.text(names))"))
    }
    guard column.missing == 0, column.parts.count > 1 else {
      throw ValidationError(
        "--attribute: '\(attribute)' cannot split the documents: "
          + (column.missing > 0
            ? "\(column.missing) documents lack that column"
            : "at least two values with two documents each are needed"))
    }
    return column
  }

  private struct Benchmarks {
    var tasks: [String]
    var comments: [String]
    var missing: String?
  }

  /// The requested benchmarks; else the paper's that can be read here; else one, with what is missing.
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
          "The paper's benchmarks whose documents are on this machine; `spunge-eval tasks` lists all benchmarks."
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
