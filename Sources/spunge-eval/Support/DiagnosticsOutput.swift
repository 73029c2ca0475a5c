import Formats
import Foundation
import Reporting
import Spunge

/// Diagnostics of a merge, as a file and as a table on standard output.
enum DiagnosticsOutput {
  /// Writes JSON or CSV, depending on the file's extension.
  /// - Returns: a human-readable summary.
  static func write(_ diagnostics: MergeDiagnostics, to path: String) throws -> String {
    if (path as NSString).pathExtension == "csv" {
      try WholeFile.write(csv(diagnostics), to: path)
    } else {
      try WholeFile.write(JSON.text(diagnostics), to: path)
    }
    return summary(diagnostics)
  }

  /// One line per tensor, RFC 4180.
  static func csv(_ diagnostics: MergeDiagnostics) -> String {
    let pairs = diagnostics.pairs
    let parts = diagnostics.parts
    let heading =
      ["tensor", "block", "module", "elements"] + parts.map { "norm \($0)" }
      + ["merged_norm", "conflicts", "conflicts_left"] + parts.map { "trimmed \($0)" }
      + pairs.map { "cosine \(parts[$0]) | \(parts[$1])" }
    let lines = diagnostics.rows.map { row -> [String] in
      [row.tensor, row.block.map { "\($0)" } ?? "", row.module, "\(row.elements)"]
        + row.norms.map { "\($0)" }
        + ["\(row.mergedNorm)", "\(row.conflicts)", "\(row.conflictsLeft)"]
        + row.trimmed.map(text) + pairs.map { text(row.cosine($0, $1)) }
    }
    return ([heading] + lines).map { $0.map(\.csvField).joined(separator: ",") + "\r\n" }
      .joined()
  }

  /// One line per module, over all blocks.
  static func summary(_ diagnostics: MergeDiagnostics) -> String {
    var modules: [String] = []
    for row in diagnostics.rows where !modules.contains(row.module) { modules.append(row.module) }
    let headings = [
      "module", "elements", "norm of parts", "merged", "conflicts", "left", "trimmed", "cosine",
    ]
    let lines = modules.map { module in
      line(module, diagnostics.rows.filter { $0.module == module }, diagnostics.pairs)
    }
    let all = line("all", diagnostics.rows, diagnostics.pairs)
    let rows = ([headings] + lines + [all]).map { $0.map(\.oneLine) }
    let widths = headings.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + space : space + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private static func line(
    _ name: String, _ rows: [MergeDiagnostics.Row], _ pairs: [(Int, Int)]
  ) -> [String] {
    let elements = rows.reduce(0) { $0 + $1.elements }
    func length(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    func share(_ value: (MergeDiagnostics.Row) -> Double) -> String {
      let sum = rows.reduce(0.0) { $0 + value($1) * Double($1.elements) }
      return percent(sum / Double(max(elements, 1)))
    }
    func mean(_ values: [Double?]) -> Double? {
      let there = values.compactMap { $0 }
      return there.isEmpty ? nil : there.reduce(0, +) / Double(there.count)
    }
    let parts = rows.first?.norms.count ?? 0
    let norms = (0..<parts).map { part in length(rows.map { $0.norms[part] }) }
    let cosine = mean(rows.flatMap { row in pairs.map { row.cosine($0, $1) } })
    return [
      name, "\(elements)", String(format: "%.4g", mean(norms) ?? 0),
      String(format: "%.4g", length(rows.map(\.mergedNorm))), share(\.conflicts),
      share(\.conflictsLeft), mean(rows.flatMap(\.trimmed)).map(percent) ?? "",
      cosine.map { String(format: "%.3f", $0) } ?? "",
    ]
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

  private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
}

extension MergeDiagnostics {
  /// All pairs of parts, the first before the second.
  var pairs: [(Int, Int)] {
    parts.indices.flatMap { first in
      parts.indices.dropFirst(first + 1).map { (first, $0) }
    }
  }
}
