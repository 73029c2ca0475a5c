import Yams

/// The grid of experiments described by a file with lists in place of single values: every combination of them.
///
///     seed: [1, 2, 3]
///     unlearn: { method: [rmu, task_vector_negation] }
///     merge: { method: ties, settings: { density: [0.2, 0.5] } }
///     score: { scale: [0.5, 1] }
///
/// If a setting's value is a list (`layers: [5, 6, 7]`), several values are a list of lists.
package struct ExperimentGrid {
  /// One combination.
  package struct Point {
    /// The values chosen for it, in the order of the file.
    package var choices: [Choice]
    package var file: ExperimentFile

    /// The choices that a model depends on, `density=0.2,seed=1`; empty where none were made.
    package func label(of recipe: Recipe) -> String {
      choices.filter { choice in
        recipe.variant.map(choice.concerns) == true
          || choice.section == "seed" && !recipe.then.isEmpty
      }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
  }

  /// A value chosen from a list.
  package struct Choice: Sendable, Hashable {
    /// Section of the file.
    package var section: String
    /// The setting's name, with its section where two sections have it.
    package var key: String
    package var value: String
    /// Whether row names, which begin with the unlearning method, contain the choice already.
    var isInRowName = false

    /// Whether the choice affects a variant: the base is unaffected by all, pooled unlearning by splitting and merging.
    func concerns(_ variant: Experiment.Variant) -> Bool {
      switch variant {
      case .base: false
      case .monolithic: !["split", "merge"].contains(section) && !isInRowName
      case .spunge, .control: !isInRowName
      }
    }
  }

  package let points: [Point]

  /// Maximum number of experiments in one file.
  private static let limit = 10_000

  /// - Throws: `ExperimentError` for a value that is listed twice, and for too many combinations.
  package init(_ file: ExperimentFile) throws(ExperimentError) {
    var points = [Point(choices: [], file: file)]
    // A chosen section may contain lists itself: expand one list at a time until none is left.
    while let next = points.firstIndex(where: { Axis.first(in: $0.file.root) != nil }) {
      guard let axis = Axis.first(in: points[next].file.root) else { break }
      if let twice = axis.repeated {
        throw .invalid(
          path: file.path,
          problems: [
            ExperimentProblem(
              line: twice.mark?.line ?? 1,
              message: "'\(axis.path.joined(separator: "."))' has '\(Axis.text(of: twice))' twice; "
                + "leave one out")
          ])
      }
      points.replaceSubrange(next...next, with: Self.points(of: axis, points[next]))
      guard points.count <= Self.limit else {
        throw .invalid(
          path: file.path,
          problems: [
            ExperimentProblem(
              line: 1,
              message: "the lists in this file combine to more than \(Self.limit) experiments; "
                + "shorten some")
          ])
      }
    }
    self.points = points
  }

  private static func points(of axis: Axis, _ point: Point) -> [Point] {
    let isTaken = point.choices.contains { $0.key == axis.name }
    let texts = axis.values.map { value in
      axis.path.count == 1 ? Axis.text(of: value["method"] ?? value) : Axis.text(of: value)
    }
    return axis.values.enumerated().map { place, value in
      // Sections of one method differ only in their settings and are numbered.
      let number = texts[...place].count { $0 == texts[place] }
      let repeats = texts.count { $0 == texts[place] } > 1
      var point = point
      point.file = ExperimentFile(
        path: point.file.path, root: replacing(axis.path, with: value, in: point.file.root))
      point.choices.append(
        Choice(
          section: axis.path[0], key: isTaken ? "\(axis.path[0]).\(axis.name)" : axis.name,
          value: repeats ? "\(texts[place])#\(number)" : texts[place],
          isInRowName: !isTaken && axis.name == "unlearn.method" && !repeats))
      return point
    }
  }

  private static func replacing(_ path: [String], with value: Node, in node: Node) -> Node {
    guard let key = path.first, let mapping = node.mapping else { return value }
    let entries = mapping.map { name, old in
      name.string == key
        ? (name, replacing(Array(path.dropFirst()), with: value, in: old)) : (name, old)
    }
    return .mapping(Node.Mapping(entries, mapping.tag, mapping.style, mapping.mark))
  }
}

/// A list in an experiment file and its location.
private struct Axis {
  let path: [String]
  let values: [Node]

  /// The setting's name; methods are named by their section.
  var name: String {
    let last = path[path.count - 1]
    return path.count == 1 && last != "seed" || last == "method" ? "\(path[0]).method" : last
  }

  /// The first value that repeats an earlier one, as text or as the same number.
  var repeated: Node? {
    var known: Set<String> = []
    return values.first { value in
      !known.insert(value.float.map { "\($0)" } ?? Self.text(of: value)).inserted
    }
  }

  /// The first list that expands to several experiments.
  static func first(in root: Node) -> Axis? {
    for (name, section) in root.mapping ?? [:] {
      let found: Axis? =
        switch name.string {
        case "seed": axis(["seed"], section)
        case "split": method("split", section, splitters)
        case "unlearn": method("unlearn", section, unlearningMethods)
        case "merge": method("merge", section, mergeMethods)
        case "score": section["scale"].flatMap { axis(["score", "scale"], $0) }
        default: nil
        }
      if let found { return found }
    }
    return nil
  }

  private static func axis(_ path: [String], _ node: Node) -> Axis? {
    guard let values = node.sequence, !values.isEmpty else { return nil }
    return Axis(path: path, values: Array(values))
  }

  /// Several sections, several methods, or several values of a setting.
  private static func method<Method>(
    _ name: String, _ section: Node, _ catalog: Catalog<Method>
  ) -> Axis? {
    if let sections = axis([name], section) { return sections }
    if let methods = section["method"].flatMap({ axis([name, "method"], $0) }) { return methods }
    guard let settings = section["settings"] else { return nil }
    return setting([name, "settings"], settings) { setting in
      // Checks only the type; the section's reader reports other problems.
      do { _ = try catalog.method(section["method"]?.string ?? "", settings: setting) } catch {
        return !((error as? SettingsError)?.isOfType ?? false)
      }
      return true
    }
  }

  /// The first list among settings, at any depth, that is not itself a setting's value.
  private static func setting(
    _ path: [String], _ settings: Node, isValue: (Node) -> Bool
  ) -> Axis? {
    for (key, value) in settings.mapping ?? [:] {
      let path = path + [key.string ?? "?"]
      let inside = { (node: Node) in Node.mapping(Node.Mapping([(key, node)])) }
      if let found = axis(path, value), !isValue(inside(value)) { return found }
      if let found = setting(path, value, isValue: { isValue(inside($0)) }) { return found }
    }
    return nil
  }

  /// A value as it appears in a row's name.
  static func text(of node: Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string
    case .sequence(let items): items.map(text).joined(separator: "+")
    case .mapping(let entries):
      entries.map { "\(text(of: $0)):\(text(of: $1))" }.joined(separator: "+")
    case .alias: "alias"
    }
  }
}
