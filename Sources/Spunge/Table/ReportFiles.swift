package import Evaluation
import Foundation
package import Reporting

/// Writes a report in several formats into a results folder.
package enum ReportFiles {
  /// - Throws: `ReportFormatError`, `FileError`.
  package static func write(_ report: Report, formats: [String], to folder: String) throws {
    for name in formats {
      let format = try ReportFormat.format(named: name)
      guard let file = format.fileName else { continue }
      try WholeFile.write(format.render(report), to: "\(folder)/\(file)")
    }
  }

  /// Writes `robustness.md` and `robustness.json`, whether forgetting holds; removes those of an earlier run without attacks.
  package static func writeRobustness(_ robustness: Robustness?, to folder: String) throws {
    let (page, data) = ("\(folder)/robustness.md", "\(folder)/robustness.json")
    guard let robustness else {
      for path in [page, data] { try? FileManager.default.removeItem(atPath: path) }
      return
    }
    try WholeFile.write(robustness.markdown, to: page)
    try WholeFile.write(try robustness.json(), to: data)
  }

  /// Writes `toxicity.md`, toxicity by demographic group, if there are any such scores.
  package static func writeDemographics(_ records: [ScoreRecord], to folder: String) throws {
    let tables = DemographicTable.all(records)
    guard !tables.isEmpty else { return }
    try WholeFile.write(
      tables.map(\.markdown).joined(separator: "\n"), to: "\(folder)/toxicity.md")
  }
}
