import Yams

/// Reads `score.variants`: names of variants, and mappings that derive others from them.
///
///     variants:
///       - spunge
///       - { name: spunge_4bit, of: spunge, then: [{ quantise: nf4 }] }
struct VariantsReader {
  private let section: SectionReader
  private var list: ProblemList { section.problems }

  init(_ section: SectionReader) { self.section = section }

  /// Nil after a problem.
  func read() -> (plain: [Experiment.Variant], derived: [Recipe])? {
    guard let nodes = section.list("variants") else { return nil }
    let known = Experiment.Variant.allCases.map(\.rawValue)
    // Names of rows and folders: whatever the method, and on every file system.
    var taken = Set(
      Experiment.Variant.allCases.flatMap { variant in
        [variant.rawValue] + unlearningMethods.names.map { variant.rowName(unlearning: $0) }
      })
    var plain: [Experiment.Variant] = []
    var derived: [Recipe] = []
    for node in nodes {
      if node.mapping != nil {
        guard let variant = self.derived(node) else { continue }
        guard taken.insert(variant.name.lowercased()).inserted else {
          list.note(
            node.mark?.line ?? section.line,
            "another variant or row is called '\(variant.name)'; choose another name")
          continue
        }
        derived.append(variant)
      } else if let name = section.choice(
        node, name: "score.variants", kind: "variant", known: known),
        let variant = Experiment.Variant(rawValue: name)
      {
        guard !plain.contains(variant) else {
          list.note(node.mark?.line ?? section.line, "variant '\(name)' is listed twice")
          continue
        }
        plain.append(variant)
      }
    }
    guard !plain.isEmpty || derived.isEmpty else {
      list.note(
        section.line(of: "variants"),
        "'score.variants' derives all its variants; list one itself (\(known.joined(separator: ", "))), "
          + "with which the others are compared")
      return nil
    }
    return (plain, derived)
  }

  private func derived(_ node: Node) -> Recipe? {
    let entry = SectionReader(
      node, title: "score.variants", known: ["name", "of", "then"], problems: list)
    let name = entry.text("name")
    if let name, !Self.isUsable(name) {
      list.note(
        entry.line(of: "name"),
        "'score.variants.name' must be letters, digits, '_', '-' and '.', and not begin with '.'")
      return nil
    }
    let source = entry.required("of").flatMap {
      entry.choice(
        $0, name: "score.variants.of", kind: "variant",
        known: Experiment.Variant.allCases.map(\.rawValue))
    }
    guard let steps = entry.list("then") else { return nil }
    let then = steps.compactMap { transform($0, entry) }
    guard let name, let source = source.flatMap(Experiment.Variant.init),
      then.count == steps.count
    else { return nil }
    for (index, transform) in then.enumerated() where type(of: transform).needsDifference {
      guard source != .base, then[..<index].allSatisfy({ type(of: $0).needsDifference }) else {
        list.note(
          entry.line(of: "then"),
          "'\(transform.card.name)' works on what unlearning changed: it needs a variant other than "
            + "base, and comes before transforms that change the weights themselves")
        return nil
      }
    }
    return Recipe(name: name, source: source, then: then)
  }

  /// One step: `quantise`, `quantise: nf4` or `quantise: {format: rtn, bits: 3}`.
  private func transform(_ node: Node, _ entry: SectionReader) -> (any Transform)? {
    let line = node.mark?.line ?? entry.line
    let pair = node.mapping.flatMap { $0.count == 1 ? $0.first : nil }
    guard node.mapping == nil || pair != nil else {
      list.note(line, "'score.variants.then' takes one transform for each item of its list")
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

  /// A row's name becomes part of file names.
  private static func isUsable(_ name: String) -> Bool {
    !name.hasPrefix(".") && name.utf8.count <= 100
      && name.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains($0)
      }
  }
}
