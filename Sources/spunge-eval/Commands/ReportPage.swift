import ArgumentParser
import Evaluation
import Formats
import Foundation
import Reporting
import Spunge
import Tensors

struct ReportPage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes an HTML page about finished runs, and their figures as SVG or PNG.",
    discussion: """
      Takes results folders (scores.jsonl, samples/, completions, manifest.json) and results_*.json files of \
      lm-evaluation-harness. Neither the command nor the page needs a model or a network. Completions are hidden \
      until clicked.

      Examples:
        spunge-eval report results/smollm2-domains --output report.html
        spunge-eval report results/a results/b --svg figures --png figures
        spunge-eval report --training-log steps.jsonl --diagnostics merge.json --svg figures
      """)

  @Argument(help: "Results folders or results_*.json files.") var results: [String] = []
  @Option(help: "HTML page to write.") var output: String?
  @Option(help: "Folder for SVG figures.") var svg: String?
  @Option(help: "Folder for PNG figures.") var png: String?
  @Option(help: "Title of the page (default: the experiment's name).") var title: String?
  @Option(help: "Row that changes are relative to (default: base, else the first row).")
  var baseline: String?
  @Option(
    help: ArgumentHelp(
      "Score that should fall, for the forget/retain plot (default: toxicity, else WMDP).",
      valueName: "task:metric"))
  var forget: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Scores whose mean should not fall (default: one accuracy per other task).",
      valueName: "task:metric"))
  var retain: [String] = []
  @Option(
    name: .customLong("training-log"), parsing: .upToNextOption,
    help: "Training log, as written by 'unlearn --log' (JSON Lines or CSV).")
  var trainingLogs: [String] = []
  @Option(
    parsing: .upToNextOption, help: "Merge diagnostics, as written by 'merge --diagnostics' (JSON)."
  )
  var diagnostics: [String] = []
  @Flag(inversion: .prefixedNo, help: "Include completions in the page.") var completions = true

  func validate() throws {
    if results.isEmpty, trainingLogs.isEmpty, diagnostics.isEmpty {
      throw ValidationError("give a results folder, a --training-log or --diagnostics")
    }
    if output == nil, svg == nil, png == nil {
      throw ValidationError("nothing to write: give --output, --svg or --png")
    }
    if forget == nil, !retain.isEmpty { throw ValidationError("--retain needs --forget") }
  }

  func run() throws {
    if let output {
      try OutputPlace.check(output, apartFrom: results + trainingLogs + diagnostics)
    }
    let folders = try ResultsFolders(results)
    let heading =
      title
      ?? (results.isEmpty ? (trainingLogs + diagnostics).joined(separator: ", ") : folders.title)
    let report = folders.report(title: heading, baseline: baseline)
    let scoreFigures = folders.scores.isEmpty ? [] : try figures(of: report)
    let logFigures = try trainingLogs.compactMap(figure)
    let mergeFigures = try diagnostics.flatMap(figures(ofMerge:))
    if let output {
      let page = HTMLReport(
        title: heading, introduction: introduction(folders),
        sections: sections(report, scoreFigures, logFigures, mergeFigures),
        completions: completions ? folders.completions : [],
        provenance: provenance(folders))
      try WholeFile.write(page.page(), to: output)
      Notice.print("page: \(output)")
    }
    try write(distinct(scoreFigures + logFigures + mergeFigures))
  }

  // MARK: Figures

  private func figures(of report: Report) throws -> [ScoreFigures.Figure] {
    let figures = ScoreFigures(report)
    guard let forget else { return figures.all }
    let columns = try retain.map { try column($0, figures, report) }
    let chosen = figures.pareto(
      forget: try column(forget, figures, report),
      retain: columns.isEmpty ? figures.retained : columns)
    guard let chosen else {
      throw ReportPageError.noFront(forget: forget)
    }
    return figures.groupFigures + figures.taskFigures + [chosen]
  }

  private func column(
    _ name: String, _ figures: ScoreFigures, _ report: Report
  ) throws -> ScoreColumn {
    if let column = figures.column(named: name) { return column }
    throw ReportPageError.noColumn(name, known: report.table.columns.map(report.table.title))
  }

  private func figure(trainingLog path: String) throws -> ScoreFigures.Figure? {
    let file = URL(fileURLWithPath: path)
    let name = file.deletingPathExtension().lastPathComponent
    let rows =
      file.pathExtension == "csv"
      ? try tableRows(trainingLog: path)
      : try JSONLinesInput(path: path).rows(TrainingLog.Row.self)
    guard let chart = TrainingLog(name: name, rows: rows).chart else {
      Notice.print("\(path.shown(limit: 500)): no losses, norms, cosines or rates, so no figure")
      return nil
    }
    return ScoreFigures.Figure(name: name, chart: chart)
  }

  private func tableRows(trainingLog path: String) throws -> [TrainingLog.Row] {
    try DocumentFile.read(path).map { row in
      guard let row = TrainingLog.Row(row) else {
        throw InputError.unreadable(
          path: path, reason: "it has no column 'step'; give a file written by 'unlearn --log'")
      }
      return row
    }
  }

  private func figures(ofMerge path: String) throws -> [ScoreFigures.Figure] {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw InputError.unreadable(path: path, reason: FileTree.problem(reading: path, error))
    }
    do { return try JSON.decode(MergeFigures.self, from: data).figures } catch {
      throw InputError.unreadable(
        path: path, reason: "it is not a JSON file written by 'merge --diagnostics'")
    }
  }

  /// Appends numbers to names that occur more than once.
  private func distinct(_ figures: [ScoreFigures.Figure]) -> [ScoreFigures.Figure] {
    var used: Set<String> = []
    return figures.map { figure in
      var name = figure.name
      var count = 1
      while !used.insert(name).inserted {
        count += 1
        name = "\(figure.name)-\(count)"
      }
      return count == 1 ? figure : ScoreFigures.Figure(name: name, chart: figure.chart)
    }
  }

  private func write(_ figures: [ScoreFigures.Figure]) throws {
    if let svg {
      for figure in figures {
        try WholeFile.write(figure.chart.drawing().file, to: "\(svg)/\(figure.name).svg")
      }
      Notice.print("\(figures.count) figures: \(svg)")
    }
    guard let png else { return }
    let converter = try PictureConverter()
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("spunge-eval-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try WholeFile.makeFolder(png)
    for figure in figures {
      let drawing = figure.chart.drawing()
      let source = "\(folder)/\(figure.name).svg"
      try WholeFile.write(drawing.file, to: source)
      try converter.convert(
        source, size: (Int(drawing.width), Int(drawing.height)), to: "\(png)/\(figure.name).png")
    }
    Notice.print("\(figures.count) pictures: \(png)")
  }

  // MARK: The page's parts

  private func sections(
    _ report: Report, _ scores: [ScoreFigures.Figure], _ logs: [ScoreFigures.Figure],
    _ merges: [ScoreFigures.Figure]
  ) -> [HTMLReport.Section] {
    var sections: [HTMLReport.Section] = []
    if !report.table.models.isEmpty { sections.append(.init("Scores", [.scores(report)])) }
    if !scores.isEmpty { sections.append(.init("Figures", [.charts(scores.map(\.chart))])) }
    if !logs.isEmpty { sections.append(.init("Training", [.charts(logs.map(\.chart))])) }
    if !merges.isEmpty { sections.append(.init("Merge", [.charts(merges.map(\.chart))])) }
    return sections
  }

  private func introduction(_ folders: ResultsFolders) -> [String] {
    let models = ScoreTable(folders.scores).models
    var sentences: [String] = []
    if !models.isEmpty { sentences.append("Variants: \(models.joined(separator: ", ")).") }
    for (path, manifest) in folders.manifests where manifest.status != .complete {
      sentences.append(
        "\(path.shown(limit: 500)): the run is \(manifest.status.rawValue), not complete.")
    }
    return sentences
  }

  private func provenance(_ folders: ResultsFolders) -> [(name: String, value: String)] {
    folders.manifests.flatMap { path, manifest -> [(name: String, value: String)] in
      let versions = manifest.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      let facts = [
        ("results", path), ("experiment", manifest.name), ("seed", "\(manifest.seed)"),
        ("started", manifest.started.ISO8601Format()),
        ("finished", manifest.finished?.ISO8601Format() ?? "no"),
        ("machine", "\(manifest.machine.summary), \(manifest.threads) threads"),
        ("versions", versions.joined(separator: "\n")),
        (
          "inputs",
          manifest.inputs.map { "\($0.role): \($0.path) (sha256 \($0.sha256.prefix(12))…)" }
            .joined(separator: "\n")
        ),
        ("settings", manifest.experiment),
      ]
      return facts.filter { !$0.1.isEmpty }.map { (name: $0.0, value: $0.1) }
    } + [("made with", "spunge-eval \(Version.current)")]
  }
}

/// A requested figure cannot be drawn from the scores.
enum ReportPageError: InputFailure, CustomStringConvertible {
  case noColumn(String, known: [String])
  case noFront(forget: String)

  var description: String {
    switch self {
    case .noColumn(let name, let known):
      "there is no score '\(name.shown())'; known scores: \(NameList.text(known))"
    case .noFront(let forget):
      "the forget/retain plot needs two variants with '\(forget.shown())' and all retained scores; choose "
        + "others with --forget and --retain"
    }
  }
}
