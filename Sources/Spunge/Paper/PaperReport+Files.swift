import Foundation
package import Reporting

extension PaperReport {
  /// Writes `tables/`, `figures/`, `summary.md` and `report.html` below `folder`.
  package func write(to folder: String) throws {
    // Files of an earlier run with other tables would look like part of this one.
    for part in Self.folders {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(part)")
    }
    for file in files { try WholeFile.write(file.text, to: "\(folder)/\(file.path)") }
  }
}
