import Foundation
import Reporting

/// Whether what the chosen models of a scenario forgot stays forgotten under attack.
package struct Resilience: Sendable {
  /// One model of the tables over the base models.
  package struct Row: Sendable {
    package let name: String
    /// One for each base model on which a setting qualified.
    package let models: [AttackedModel]

    /// Mean over the base models on which something was forgotten; nil without one.
    package func regained(_ attack: Attack) -> Double? {
      let shares = models.compactMap { $0.regained(attack) }
      return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }
  }

  package let scenario: Scenario
  package let rows: [Row]

  package init(_ result: ScenarioResult) {
    scenario = result.scenario
    var names: [String] = []
    for model in result.seeds.flatMap(\.attacked) where !names.contains(model.row) {
      names.append(model.row)
    }
    rows = names.map { name in
      Row(name: name, models: result.seeds.flatMap(\.attacked).filter { $0.row == name })
    }
  }

  package static let title = "Beyond the paper: does it hold?"

  /// Shares of what unlearning removed that may come back before forgetting counts as undone.
  static let tolerated = 0.25

  package static let note =
    "Percent of what was to be forgotten, mean over base models; in brackets the share of what unlearning had removed "
    + "that came back, for each base model (— where nothing had been removed). Forgetting holds where the mean of these "
    + "shares is at most \(Int(100 * tolerated)) %. The same documents in the same order for every model."

  package static let headings =
    ["model", "base", "unlearned"] + Attack.allCases.map(\.title)

  /// One row a model, below `headings`.
  package var cells: [[String]] {
    rows.map { row in
      func mean(_ value: (AttackedModel) -> Double?) -> String {
        let values = row.models.compactMap(value)
        guard values.count == row.models.count, !values.isEmpty else { return "—" }
        return String(format: "%.1f", 100 * values.reduce(0, +) / Double(values.count))
      }
      return [row.name, mean(\.base), mean(\.before)]
        + Attack.allCases.map { attack in
          let shares = row.models.map { model in
            model.regained(attack).map { Self.percent($0) } ?? "—"
          }
          return "\(mean { $0.after[attack] }) [\(shares.joined(separator: "/")) %]"
        }
    }
  }

  /// Which models' forgetting holds under which attack, computed from the rows.
  package var sentences: [String] {
    Attack.allCases.compactMap { attack in
      let measured = rows.compactMap { row in row.regained(attack).map { (row.name, $0) } }
      guard !measured.isEmpty else { return nil }
      func list(_ rows: [(name: String, regained: Double)]) -> String {
        rows.map { "\($0.name) (\(Self.percent($0.regained)) % came back)" }
          .joined(separator: ", ")
      }
      let holds = measured.filter { $0.1 <= Self.tolerated }
      let fails = measured.filter { $0.1 > Self.tolerated }
      return "\(scenario.title), \(attack.title): "
        + [
          holds.isEmpty ? "no model's forgetting holds" : "forgetting holds for \(list(holds))",
          fails.isEmpty ? nil : "\(holds.isEmpty ? "" : "not for ")\(list(fails))",
        ].compactMap(\.self).joined(separator: holds.isEmpty ? ": " : "; ") + "."
    }
  }

  private static func percent(_ share: Double) -> String {
    String(format: "%.0f", 100 * share).replacing("-", with: "−")
  }

  /// The tables of all scenarios in one section; nil where nothing was attacked.
  static func section(_ all: [Resilience]) -> PaperReport.Section? {
    let all = all.filter { !$0.rows.isEmpty }
    guard !all.isEmpty else { return nil }
    let tables = all.map { resilience in
      PageTable(
        headings: [resilience.scenario.title] + headings.dropFirst(),
        blocks: [PageTable.Block(rows: resilience.cells)])
    }
    let markdown = all.map { resilience in
      PaperReport.markdown(
        resilience.scenario.title, headings, resilience.cells, note: note)
    }
    return PaperReport.Section(
      HTMLReport.Section(
        title, tables.map { .table($0) } + [.paragraph(note)]),
      markdown: "## \(title)\n\n" + markdown.joined(separator: "\n"))
  }
}
