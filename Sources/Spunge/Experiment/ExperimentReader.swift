import Evaluation
import Formats
import Foundation
import LanguageModels
import Tensors
import Yams

/// Turns an experiment's YAML into an `Experiment` and collects all problems.
struct ExperimentReader {
  let file: ExperimentFile
  let variables: [String: String]
  let vocabulary: Experiment.Vocabulary
  /// Whether a missing file or model is a problem.
  let needsFiles: Bool
  private let list = ProblemList()

  init(
    file: ExperimentFile, variables: [String: String], vocabulary: Experiment.Vocabulary,
    needsFiles: Bool
  ) {
    self.file = file
    self.variables = variables
    self.vocabulary = vocabulary
    self.needsFiles = needsFiles
  }

  /// Problems found so far, by line.
  var problems: [ExperimentProblem] {
    // The order is stable even for several problems in one line.
    list.problems.enumerated()
      .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
      .map(\.element)
  }

  private static let known = [
    "name", "seed", "base", "forget", "retain", "split", "unlearn", "merge", "score", "table",
  ]

  /// The experiment; nil when a part could not be read.
  func read() -> Experiment? {
    let root = SectionReader(file.root, title: "", known: Self.known, problems: list)
    let name = root.fileName("name")
    let seed = root.integer("seed", in: UInt64(0)...UInt64.max) ?? 42
    let model = root.section("base", known: ["model"]).flatMap { base in
      base.required("model").flatMap { modelPath($0, in: base, name: "base.model") }
    }
    let forget = files(root, "forget")
    let retain = root.optional("retain") == nil ? [] : files(root, "retain")
    let splitter = method(root, "split", from: splitters, known: ["process", "classifier"])
    let splitClassifier = splitClassifier(root, splitter)
    let processing = processing(root)
    let unlearning = method(root, "unlearn", from: unlearningMethods)
    let merge = method(root, "merge", from: mergeMethods, known: ["order"])
    let order = mergeOrder(root)
    let scoring = scoring(root)
    let table = table(root, scoring)
    guard let name, let model, let forget, let retain, let splitter, let processing, let unlearning,
      let merge,
      let scoring, let table
    else { return nil }
    return Experiment(
      name: name, seed: seed, model: model, forget: forget, retain: retain,
      splitter: splitter, splitClassifier: splitClassifier, processing: processing,
      unlearning: unlearning, merge: merge, mergeOrder: order, scoring: scoring, table: table)
  }

  /// The splitter's classifier, which must be named if and only if the splitter needs one.
  private func splitClassifier(
    _ root: SectionReader, _ splitter: (any Splitter)?
  ) -> ExperimentPath? {
    guard let splitter else { return nil }
    let node = root.optional("split")?.mapping?["classifier"]
    let asks = type(of: splitter).asksClassifier
    if let node, asks { return modelPath(node, in: root, name: "split.classifier") }
    if node != nil {
      list.note(
        root.line(of: "split"),
        "'split.classifier': split method '\(splitter.card.name)' uses no classifier; leave it out")
    } else if asks {
      list.note(
        root.line(of: "split"),
        "split method '\(splitter.card.name)' needs a classifier; give its folder as "
          + "'split.classifier'")
    }
    return nil
  }

  private func processing(_ root: SectionReader) -> PartProcessing? {
    let node = root.optional("split")?.mapping?["process"]
    do { return try PartProcessing(overriding: node) } catch let error as SettingsError {
      for problem in error.problems {
        list.note(problem.line ?? root.line(of: "split"), "split.process: \(problem.message)")
      }
    } catch {
      list.note(root.line(of: "split"), "split.process: \(error)")
    }
    return nil
  }

  private func mergeOrder(_ root: SectionReader) -> NegationOrder {
    guard let node = root.optional("merge")?.mapping?["order"] else { return .negateThenMerge }
    let known = NegationOrder.allCases.map(\.rawValue)
    return root.choice(node, name: "merge.order", kind: "order", known: known)
      .flatMap(NegationOrder.init) ?? .negateThenMerge
  }

  private func files(_ root: SectionReader, _ key: String) -> [ExperimentPath]? {
    guard let section = root.section(key, known: ["files"]), let nodes = section.list("files")
    else { return nil }
    let paths = nodes.map { path($0, in: section, name: "\(key).files") }
    for (index, path) in paths.enumerated() {
      guard let path, paths[..<index].contains(path) else { continue }
      list.note(
        nodes[index].mark?.line ?? section.line,
        "'\(key).files' has '\(path.written)' twice; leave one out")
    }
    return paths.compactMap { $0 }
  }

  /// The path of a file; a missing file is noted as a problem.
  /// - Parameter isThere: whether something other than a file or folder of that name counts as existing.
  func path(
    _ node: Node, in section: SectionReader, name: String,
    isThere: (String) -> Bool = { _ in false }
  ) -> ExperimentPath? {
    guard let path = expandedPath(node, in: section, name: name) else { return nil }
    if !needsFiles || FileManager.default.fileExists(atPath: path.expanded)
      || isThere(path.expanded)
    {
      return path
    }
    list.note(
      node.mark?.line ?? section.line,
      "'\(name)': there is no '\(path.expanded)'; relative paths start at the working directory")
    return nil
  }

  /// The location of a model: a file, a folder, or a Hugging Face id in the cache.
  func modelPath(_ node: Node, in section: SectionReader, name: String) -> ExperimentPath? {
    guard var path = expandedPath(node, in: section, name: name) else { return nil }
    do {
      path.expanded = try ModelLocation.resolve(path.expanded)
    } catch {
      guard needsFiles else { return path }
      list.note(
        node.mark?.line ?? section.line,
        "'\(name)': \(error); relative paths start at the working directory")
      return nil
    }
    return path
  }

  private func expandedPath(
    _ node: Node, in section: SectionReader, name: String
  ) -> ExperimentPath? {
    guard let written = section.text(node, name: name) else { return nil }
    do { return try ExperimentPath(written, variables: variables) } catch {
      list.note(node.mark?.line ?? section.line, "'\(name)': \(error.message)")
      return nil
    }
  }

  private func method<Method>(
    _ root: SectionReader, _ key: String, from catalog: Catalog<Method>, known: [String] = []
  ) -> Method? {
    guard let section = root.section(key, known: ["method", "settings"] + known),
      let node = section.required("method"),
      let name = section.choice(
        node, name: "\(key).method", kind: catalog.kind, known: catalog.names)
    else { return nil }
    do {
      return try catalog.method(name, settings: section.optional("settings"))
    } catch let error as SettingsError {
      for problem in error.problems {
        list.note(
          problem.line ?? section.line(of: "settings"), "\(key).settings: \(problem.message)")
      }
    } catch {
      list.note(section.line, "\(key): \(error)")
    }
    return nil
  }

  private func scoring(_ root: SectionReader) -> Experiment.Scoring? {
    let known = [
      "variants", "scale", "computeType", "tasks", "limit", "toxicity", "perplexity",
    ]
    guard let section = root.section("score", known: known) else { return nil }
    let variants = VariantsReader(section, self).read()
    let limit: Int? = section.integer("limit", in: 1...1_000_000_000)
    let toxicity = toxicity(section)
    let fluency = fluency(section)
    if section.optional("perplexity") != nil, section.optional("toxicity") == nil {
      list.note(
        section.line(of: "perplexity"),
        "'score.perplexity' measures the completions of 'score.toxicity'; add that section")
    }
    if let toxicity, toxicity.classifier == nil, section.optional("perplexity") != nil {
      list.note(
        section.line(of: "perplexity"),
        "'score.perplexity': the protocol \(toxicity.protocolName) generates no completions; leave it out"
      )
    }
    // Tasks are optional if there are completions to score.
    let needsTasks = section.optional("toxicity") == nil || section.optional("tasks") != nil
    let tasks =
      needsTasks
      ? section.list("tasks")?.compactMap { task($0, in: section, limit: limit) } : []
    guard let variants, let tasks, let type = computeType(section), let scale = scale(section)
    else {
      return nil
    }
    for (index, task) in tasks.enumerated()
    where tasks[..<index].contains(where: { $0.name == task.name }) {
      list.note(section.line(of: "tasks"), "task '\(task.name)' is listed twice")
    }
    return Experiment.Scoring(
      variants: variants.plain, derived: variants.derived, corpora: variants.corpora,
      scale: scale, computeType: type,
      tasks: tasks,
      toxicity: toxicity, fluency: fluency)
  }

  private func scale(_ section: SectionReader) -> Double? {
    guard let node = section.optional("scale") else { return 1 }
    if let scale = node.float, SettingRange.finite.contains(scale) { return scale }
    section.problems.note(
      section.line(of: "scale"),
      "'score.scale', the scaling coefficient, must be a number \(SettingRange.finite)")
    return nil
  }

  private func computeType(_ section: SectionReader) -> ComputeType? {
    guard let node = section.optional("computeType") else { return .float32 }
    let known = ComputeType.allCases.map(\.rawValue)
    return section.choice(node, name: "score.computeType", kind: "compute type", known: known)
      .flatMap(ComputeType.init)
  }

  private func task(_ node: Node, in section: SectionReader, limit: Int?) -> Experiment.TaskChoice?
  {
    guard node.mapping != nil else {
      let name = taskName(node, in: section, name: "score.tasks")
      return name.map { Experiment.TaskChoice(name: $0, limit: limit) }
    }
    let entry = SectionReader(
      node, title: "score.tasks", known: ["task", "limit", "num_fewshot"], problems: list)
    let own: Int? = entry.integer("limit", in: 1...1_000_000_000)
    let fewShot: Int? = entry.integer("num_fewshot", in: 0...100_000)
    guard let node = entry.required("task"), let name = taskName(node, in: entry, name: "task")
    else { return nil }
    return Experiment.TaskChoice(name: name, limit: own ?? limit, fewShot: fewShot)
  }

  private func taskName(_ node: Node, in section: SectionReader, name: String) -> String? {
    section.choice(node, name: name, kind: "task", known: vocabulary.tasks) {
      TaskNames.hint($0, known: vocabulary.tasks)
    }
  }

  private func table(_ root: SectionReader, _ scoring: Experiment.Scoring?) -> Experiment.Table? {
    let standard = Experiment.Table(formats: vocabulary.formats)
    guard root.optional("table") != nil,
      let section = root.section("table", known: ["formats", "baseline", "reference", "paper"])
    else { return standard }
    var table = standard
    if section.optional("formats") != nil {
      table.formats = section.choices("formats", kind: "format", known: vocabulary.formats) ?? []
    }
    if let node = section.optional("baseline"), let scoring {
      let known = scoring.variants.map(\.rawValue) + scoring.derived.map(\.name)
      let name = section.choice(node, name: "table.baseline", kind: "scored variant", known: known)
      table.baseline = name ?? table.baseline
    }
    if let node = section.optional("reference") {
      table.reference = path(node, in: section, name: "table.reference")
    }
    for node in section.optional("paper") == nil ? [] : section.list("paper") ?? [] {
      guard let name = section.text(node, name: "table.paper"), !table.paper.add(name) else {
        continue
      }
      list.note(
        node.mark?.line ?? section.line,
        "'table.paper': '\(name.shown())' is no table or figure; write for example table-1 or figure-2"
      )
    }
    return table
  }
}
