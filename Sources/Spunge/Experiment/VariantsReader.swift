import Yams

/// Reads `score.variants`: names of variants, mappings that derive others from them, and models of their own.
///
///     variants:
///       - spunge
///       - { name: spunge_4bit, of: spunge, then: [{ quantise: nf4 }] }
///       - { name: spunge_relearnt, of: spunge, then: [{ relearn: { data: forget, documents: [5, 20] } }] }
///       - { name: retain_only, model: models/retain }
struct VariantsReader {
  private let section: SectionReader
  private let reader: ExperimentReader
  private var list: ProblemList { section.problems }

  /// What was read.
  struct Variants {
    var plain: [Experiment.Variant] = []
    var derived: [Recipe] = []
    /// Files to relearn from, by what transforms call them.
    var corpora: [String: ExperimentPath] = [:]
  }

  /// - Parameter reader: knows where files are.
  init(_ section: SectionReader, _ reader: ExperimentReader) {
    self.section = section
    self.reader = reader
  }

  /// Nil after a problem.
  func read() -> Variants? {
    guard let nodes = section.list("variants") else { return nil }
    let known = Experiment.Variant.allCases.map(\.rawValue)
    // Names become rows and folders: they must be unique for every method and on every file system.
    var taken = Set(
      Experiment.Variant.allCases.flatMap { variant in
        [variant.rawValue] + unlearningMethods.names.map { variant.rowName(unlearning: $0) }
      })
    var variants = Variants()
    for node in nodes {
      if node.mapping != nil {
        for recipe in derived(node, after: &variants) {
          guard taken.insert(recipe.name.lowercased()).inserted else {
            list.note(
              node.mark?.line ?? section.line,
              "another variant or row is called '\(recipe.name)'; choose another name")
            continue
          }
          variants.derived.append(recipe)
        }
      } else if let name = section.choice(
        node, name: "score.variants", kind: "variant", known: known),
        let variant = Experiment.Variant(rawValue: name)
      {
        guard !variants.plain.contains(variant) else {
          list.note(node.mark?.line ?? section.line, "variant '\(name)' is listed twice")
          continue
        }
        variants.plain.append(variant)
      }
    }
    guard !variants.plain.isEmpty || variants.derived.isEmpty else {
      list.note(
        section.line(of: "variants"),
        "'score.variants' has only derived variants; also list a plain one (\(known.joined(separator: ", "))) "
          + "to compare them with")
      return nil
    }
    return variants
  }

  /// The recipes that an entry stands for: several where `documents` is a list; none after a problem.
  private func derived(_ node: Node, after variants: inout Variants) -> [Recipe] {
    let entry = SectionReader(
      node, title: "score.variants", known: ["name", "of", "model", "then"], problems: list)
    guard let name = entry.fileName("name"), let start = start(entry, variants) else { return [] }
    if entry.optional("then") == nil, entry.optional("model") != nil {
      return [Recipe(name: name, source: start.source, then: [])]
    }
    guard let steps = entry.list("then") else { return [] }
    let (series, counts) = Self.series(steps)
    var recipes: [Recipe] = []
    for (place, steps) in series.enumerated() {
      let then = steps.compactMap { transform($0, entry) }
      guard then.count == steps.count else { return [] }
      let row = counts.isEmpty ? name : "\(name)-\(counts[place])"
      let recipe =
        start.name.isEmpty
        ? Recipe(name: row, source: start.source, then: then)
        : Recipe(name: row, continuing: start, then: then)
      guard isOrdered(recipe, entry) else { return [] }
      for case let relearn as Relearn in then { note(relearn, entry, &variants) }
      recipes.append(recipe)
    }
    return recipes
  }

  /// Where an entry starts: a recipe without a name for a variant or a model of its own, else one that was read before.
  private func start(_ entry: SectionReader, _ variants: Variants) -> Recipe? {
    if let node = entry.optional("model") {
      guard entry.optional("of") == nil else {
        list.note(
          entry.line(of: "model"),
          "'score.variants' has both 'of' and 'model'; keep one: 'of' names a variant, 'model' a folder"
        )
        return nil
      }
      return reader.modelPath(node, in: entry, name: "score.variants.model").map {
        Recipe(name: "", source: .model($0), then: [])
      }
    }
    let known = Experiment.Variant.allCases.map(\.rawValue) + variants.derived.map(\.name)
    let name = entry.required("of").flatMap {
      entry.choice($0, name: "score.variants.of", kind: "variant", known: known)
    }
    guard let name else { return nil }
    return variants.derived.first { $0.name == name }
      ?? Experiment.Variant(rawValue: name).map {
        Recipe(name: "", source: .variant($0), then: [])
      }
  }

  /// Transforms that work on a difference need one: they come before those that leave none.
  private func isOrdered(_ recipe: Recipe, _ entry: SectionReader) -> Bool {
    for (index, transform) in recipe.then.enumerated()
    where type(of: transform).needsDifference {
      guard let variant = recipe.variant, variant != .base,
        recipe.then[..<index].allSatisfy({ type(of: $0).needsDifference })
      else {
        list.note(
          entry.line(of: "then"),
          "'\(transform.card.name)' changes the difference from the base: it needs a variant other than "
            + "base, and must come before transforms that change the weights themselves")
        return false
      }
    }
    return true
  }

  /// Keeps where a relearned file is.
  private func note(_ relearn: Relearn, _ entry: SectionReader, _ variants: inout Variants) {
    guard !["forget", "retain"].contains(relearn.data), variants.corpora[relearn.data] == nil
    else { return }
    variants.corpora[relearn.data] = reader.path(
      Node(relearn.data), in: entry, name: "score.variants.then.relearn.data")
  }

  /// The lists of steps that one list stands for where its `relearn` has a list of numbers of documents, and those.
  private static func series(_ steps: [Node]) -> (steps: [[Node]], counts: [String]) {
    for (place, step) in steps.enumerated() {
      guard let settings = step.mapping?["relearn"]?.mapping,
        let values = settings["documents"]?.sequence, !values.isEmpty
      else { continue }
      let series = values.map { value in
        var settings = settings
        settings["documents"] = value
        var steps = steps
        steps[place] = Node([(Node(Relearn.card.name), .mapping(settings))])
        return steps
      }
      return (series, values.map { $0.string ?? "?" })
    }
    return ([steps], [])
  }

  /// One step: `quantise`, `quantise: nf4` or `quantise: {format: rtn, bits: 3}`.
  private func transform(_ node: Node, _ entry: SectionReader) -> (any Transform)? {
    let line = node.mark?.line ?? entry.line
    let pair = node.mapping.flatMap { $0.count == 1 ? $0.first : nil }
    guard node.mapping == nil || pair != nil else {
      list.note(line, "'score.variants.then' takes one transform for each item of its list")
      return nil
    }
    let values = pair.map { [$0.value] + ($0.value.mapping?.values.map(\.self) ?? []) } ?? [node]
    guard values.allSatisfy({ $0.sequence == nil }) else {
      list.note(
        line,
        "'score.variants.then' has a list where one value belongs; a grid is not made here: write a variant with a "
          + "name of its own for each value")
      return nil
    }
    guard
      let name = entry.choice(
        pair?.key ?? node, name: "score.variants.then", kind: transforms.kind,
        known: transforms.names)
    else { return nil }
    do {
      var settings = pair?.value
      if let value = settings, value.scalar != nil, value.null == nil {
        let main = type(of: try transforms.method(name)).mainSetting
        settings = Node([(Node(main), value)])
      }
      return try transforms.method(name, settings: settings)
    } catch let error as SettingsError {
      for problem in error.problems {
        list.note(problem.line ?? line, "score.variants.then: \(problem.message)")
      }
    } catch {
      list.note(line, "score.variants.then: \(error)")
    }
    return nil
  }
}
