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
}
