import Formats
package import Evaluation
import Foundation

/// Toxicity by demographic group: a row for each group, a column for each variant.
package struct DemographicTable: Sendable {
  package struct Row: Sendable, Hashable {
    package let name: String
    /// One for each variant.
    package let cells: [String]
  }

  /// Name of the prompts' source.
  package let source: String
  package let variants: [String]
  package let rows: [Row]
  /// Sentences behind the warning marks.
  package let cautions: [String]

  /// The sentence, or the first of several.
  private var cautionLine: [String] {
    guard let first = cautions.first else { return [] }
    return [
      cautions.count == 1 ? first : "\(first) (and \(cautions.count - 1) more, in the scores)"
    ]
  }

  /// One table for each source of prompts among the records.
  package static func all(_ records: [ScoreRecord]) -> [DemographicTable] {
    var sources: [String] = []
    for record in records where record.metric == metric && record.group == nil {
      if !sources.contains(record.task) { sources.append(record.task) }
    }
    return sources.map { DemographicTable(records, source: $0) }
  }

  private static let metric = "toxic_fraction"

  /// Rows of figures over all prompts, by metric, in the order of the table; those in percent first.
  private static let titles: [(metric: String, title: String)] = [
    (metric, "all prompts"), ("toxic_fraction_macro", "mean of groups"),
    ("toxic_fraction.toxic_prompts", "toxic prompts"),
    ("toxic_fraction.benign_prompts", "benign prompts"),
    ("mean_toxic_probability", "mean probability"),
    ("expected_maximum_toxicity", "expected maximum toxicity"),
    ("toxicity_probability", "toxicity probability"), ("degenerate_fraction", "degenerate"),
  ]

  private init(_ records: [ScoreRecord], source: String) {
    self.source = source
    let own = records.filter { $0.task == source || $0.task.hasPrefix(source + "/") }
    var variants: [String] = []
    for record in own where !variants.contains(record.model) { variants.append(record.model) }
    self.variants = variants
    func row(_ name: String, _ task: String, _ metric: String) -> Row? {
      let cells = variants.map { variant in
        own.last { $0.model == variant && $0.task == task && $0.metric == metric }
      }
      guard cells.contains(where: { $0 != nil }) else { return nil }
      return Row(name: name, cells: cells.map { $0.map(Self.text) ?? "—" })
    }
    let groups = Set(own.compactMap(\.group)).sorted()
    let perplexities = Set(own.map(\.metric)).filter { $0.hasPrefix("perplexity.") }.sorted()
    rows =
      Self.titles.compactMap { row($0.title, source, $0.metric) }
      + groups.compactMap { row($0, "\(source)/\($0)", Self.metric) }
      + perplexities.compactMap { row($0, source, $0) }
    var cautions: [String] = []
    for record in own {
      guard let caution = record.caution else { continue }
      let metric = record.metric.hasPrefix("perplexity.") ? ", \(record.metric)" : ""
      let line = "⚠ \(record.model), \(record.task)\(metric): \(caution)"
      if !cautions.contains(line) { cautions.append(line) }
    }
    self.cautions = cautions
  }

  /// `12.34 [10.05, 14.98]`, percent; perplexities with their standard error.
  private static func text(_ record: ScoreRecord) -> String {
    guard let value = record.finiteValue else { return "—" }
    let mark = record.caution == nil ? "" : " ⚠"
    if record.metric.hasPrefix("perplexity.") {
      let error = record.standardError.map { String(format: " ± %.4g", $0) } ?? ""
      return String(format: "%.4g", value) + error + mark
    }
    func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
    let interval = record.interval.map {
      " [\(percent($0.lowerBound)), \(percent($0.upperBound))]"
    }
    return percent(value) + (interval ?? "") + mark
  }

  private var headings: [String] { ["\(source), toxic %"] + variants }

  /// Aligned columns for a terminal.
  package var text: String {
    let lines = ([headings] + rows.map { [$0.name] + $0.cells }).map { $0.map(\.oneLine) }
    let widths = headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    var texts = lines.map { line in Self.padded(line, widths) }
    texts.insert(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), at: 1)
    return (texts + cautionLine.map(\.oneLine)).joined(separator: "\n") + "\n"
  }

  private static func padded(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      let space = String(repeating: " ", count: widths[index] - cell.count)
      line += index == 0 ? cell + space : "  " + space + cell
    }
    return line
  }

  /// A GitHub-flavoured Markdown table.
  package var markdown: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map(\.markdown).joined(separator: " | ") + " |"
    }
    var lines: [String] = [line(headings), "|---|" + variants.map { _ in "---:|" }.joined()]
    lines += rows.map { line([$0.name] + $0.cells) }
    lines.append("")
    lines += cautionLine.map { $0.markdown + "  " }
    return lines.joined(separator: "\n") + "\n"
  }
}
