import Yams

/// Tables and figures of the paper by their numbers.
package struct PaperPlaces: Sendable, Hashable {
  package var tables: [Int] = []
  package var figures: [Int] = []

  package init(tables: [Int] = [], figures: [Int] = []) {
    self.tables = tables
    self.figures = figures
  }

  /// Adds `table-3` or `figure-2`; false for other names.
  mutating func add(_ name: String) -> Bool {
    for (kind, path) in [("table-", \PaperPlaces.tables), ("figure-", \.figures)]
    where name.hasPrefix(kind) {
      guard let number = Int(name.dropFirst(kind.count)), number > 0 else { return false }
      self[keyPath: path].append(number)
      return true
    }
    return false
  }

  /// `table-3`, …, then `figure-2`, …
  package var names: [String] { tables.map { "table-\($0)" } + figures.map { "figure-\($0)" } }

  /// Whether any of these tables and figures is included; true if none are given.
  package func feeds(tables: [Int], figures: [Int]) -> Bool {
    tables.isEmpty && figures.isEmpty || tables.contains { self.tables.contains($0) }
      || figures.contains { self.figures.contains($0) }
  }

  /// `tables 1, 3; figure 2`.
  package var text: String {
    func list(_ kind: String, _ numbers: [Int]) -> String? {
      guard !numbers.isEmpty else { return nil }
      return "\(kind)\(numbers.count == 1 ? "" : "s") "
        + numbers.map { "\($0)" }.joined(separator: ", ")
    }
    return [list("table", tables), list("figure", figures)].compactMap(\.self)
      .joined(separator: "; ")
  }
}

extension ExperimentFile {
  /// The tables and figures that `table.paper` names, without invalid names.
  package var paperPlaces: PaperPlaces {
    var places = PaperPlaces()
    for node in root["table"]?["paper"]?.sequence ?? [] {
      _ = node.string.map { places.add($0) }
    }
    return places
  }
}
