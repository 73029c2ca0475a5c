import Evaluation
import Foundation

/// Numbers and labels as the tables for reading print them; here alone do probabilities become
/// percent.
struct CellText {
  private let report: Report
  private let plusMinus = " ± "
  private static let minus = "−"
  private let missing = "—"

  init(_ report: Report) { self.report = report }

  /// Headings and rows for reading, blocks apart; the first cell of each row is its name.
  struct Grid {
    let headings: [String]
    let blocks: [(label: String, rows: [[String]])]
    var rows: [[String]] { blocks.flatMap(\.rows) }
  }

  /// The columns for reading, turned round where the report wants it.
  var grid: Grid { grid(report.table.mainColumns) }

  /// - Parameter columnsAreRows: whether there is a row for each column; nil for what the report wants.
  func grid(_ columns: [ScoreColumn], columnsAreRows: Bool? = nil) -> Grid {
    let headings =
      ["model"] + columns.map(report.table.heading)
      + (report.meanColumns.isEmpty ? [] : ["mean" + (meanIsFraction ? " %" : "")])
    let blocks = blocks.map { block in
      (label: block.label, rows: block.models.map { row($0, columns) })
    }
    guard columnsAreRows ?? report.columnsAreRows else {
      return Grid(headings: headings, blocks: blocks)
    }
    let turned = ([headings] + blocks.flatMap(\.rows)).transposed
    return Grid(
      headings: [report.columnsAreRows ? "benchmark" : "score"] + turned[0].dropFirst(),
      blocks: [(label: "", rows: Array(turned.dropFirst()))])
  }

  private func row(_ model: String, _ columns: [ScoreColumn]) -> [String] {
    let scores = columns.map { cell(model, $0) }
    return [report.rowTitle(model)] + scores + (report.meanColumns.isEmpty ? [] : [mean(model)])
  }

  /// `63.50 ± 3.41 (−12.00*)`, or `63.50 [56.62, 69.86]` where the interval is not symmetric; the
  /// missing sign where there is no score.
  func cell(_ model: String, _ column: ScoreColumn) -> String {
    guard let record = report.table.record(model, column), let value = record.finiteValue else {
      return missing
    }
    let isFraction = Self.isFraction(column)
    var text = score(value, record.deviation ?? record.standardError, record.interval, isFraction)
    if record.caution != nil { text += " ⚠" }
    if let comparison = report.comparison[model, column] {
      text += " (\(number(comparison.change, isFraction, signed: true))\(comparison.mark))"
    }
    return text
  }

  private func mean(_ model: String) -> String {
    guard let mean = report.mean(model) else { return missing }
    var text = score(mean.value, mean.standardError, nil, meanIsFraction)
    let baseline = report.comparison.baseline(of: model)
    if model != baseline, let base = report.mean(baseline) {
      text += " (\(number(mean.value - base.value, meanIsFraction, signed: true)))"
    }
    return text
  }

  private func score(
    _ value: Double, _ error: Double?, _ interval: ClosedRange<Double>?, _ isFraction: Bool
  ) -> String {
    let text = number(value, isFraction)
    if let interval {
      let ends = [interval.lowerBound, interval.upperBound].map { number($0, isFraction) }
      return "\(text) [\(ends.joined(separator: ", "))]"
    }
    guard let error, error.isFinite else { return text }
    return text + plusMinus + number(error, isFraction)
  }

  private var meanIsFraction: Bool { report.meanColumns.allSatisfy(Self.isFraction) }

  private func number(_ value: Double, _ isFraction: Bool, signed: Bool = false) -> String {
    Self.number(value, isFraction, signed: signed)
  }

  /// Percent with two decimals, or another unit with four significant digits.
  static func number(_ value: Double, _ isFraction: Bool, signed: Bool = false) -> String {
    let shown = isFraction ? 100 * value : value
    var digits =
      isFraction ? String(format: "%.2f", abs(shown)) : String(format: "%.4g", abs(shown))
    let isZero = Double(digits) == 0
    if isZero { digits = isFraction ? "0.00" : "0" }
    let sign = shown < 0 && !isZero ? minus : signed && !isZero ? "+" : ""
    return sign + digits
  }

  /// Nats, bits, logarithms, ratios and what is in percent already.
  private static let ownUnits: Set<String> = [
    "loss", "zlib", "min_k", "min_k++", "wrong_to_right", "forget_quality_log10", "privleak",
    "fluency",
  ]

  /// Whether the metric is a share in 0…1; the others keep their own unit.
  static func isFraction(_ column: ScoreColumn) -> Bool {
    let ownUnit = ["perplexity", "bits_per_byte", "brier_score", "loglikelihood"]
    return !ownUnit.contains { column.metric.contains($0) } && !ownUnits.contains(column.metric)
  }

  /// Models in blocks of one group, in order of first appearance; the label is empty for none.
  private var blocks: [(label: String, models: [String])] {
    var labels: [String] = []
    for model in report.table.models {
      let label = report.groups[model] ?? ""
      if !labels.contains(label) { labels.append(label) }
    }
    return labels.map { label in
      (label, report.table.models.filter { (report.groups[$0] ?? "") == label })
    }
  }
}
