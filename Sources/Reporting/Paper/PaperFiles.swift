import Evaluation
import Formats
import Foundation

extension PaperTable {
  static let schema = 2

  /// - Throws: `PaperError` where the file is no such table.
  package init(path: String) throws(PaperError) {
    self = try PaperFile.decoded(path)
    if let reason = fault { throw .malformed(path: path, reason: reason) }
  }

  /// Every table in a folder, by number.
  ///
  /// - Throws: `PaperError`.
  package static func all(folder: String) throws(PaperError) -> [PaperTable] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let files = names.filter { $0.hasPrefix("table-") && $0.hasSuffix(".json") }
    guard !files.isEmpty else {
      throw .unreadable(path: folder, reason: "it has no file table-*.json")
    }
    var tables: [PaperTable] = []
    for file in files { tables.append(try PaperTable(path: "\(folder)/\(file)")) }
    return tables.sorted { $0.number < $1.number }
  }

  /// What is wrong with the table; nil for nothing.
  private var fault: String? {
    guard schema == Self.schema else {
      return "schema \(schema); this program knows schema \(Self.schema)"
    }
    for block in blocks {
      for row in block.rows where row.values.count != columns.count {
        return "row '\(row.name)' of '\(block.model)' has \(row.values.count) values for "
          + "\(columns.count) columns"
      }
    }
    for column in columns {
      if column.questions.map({ $0 < 1 }) ?? false {
        return "column '\(column.name)' has no questions"
      }
      if let unknown = column.meanOf?.first(where: { self.column($0) == nil }) {
        return "column '\(column.name)' is the mean of '\(unknown)', which is no column"
      }
    }
    for claim in claims {
      for row in [claim.from, claim.to] where cell(claim.model, row, claim.column) == nil {
        return "a claim names \(Self.place(claim.model, row, claim.column)), which is no cell"
      }
      if claim.lessPercent == nil, claim.withinPoints == nil {
        return "a claim about '\(claim.column)' has neither 'lessPercent' nor 'withinPoints'"
      }
    }
    for misprint in misprints {
      guard let model = misprint.model, let row = misprint.row, let column = misprint.column
      else { continue }
      let values = [misprint.printed, misprint.read].compactMap(Double.init)
      guard let cell = cell(model, row, column), values.contains(cell.value) else {
        return "a misprint is of \(Self.place(model, row, column)), which holds neither what is "
          + "printed nor what is read"
      }
    }
    return nil
  }

  private static func place(_ model: String, _ row: String, _ column: String) -> String {
    "row '\(row)' of '\(model)' and column '\(column)'"
  }
}

/// Reads the files of `results/paper`.
enum PaperFile {
  static func decoded<Contents: Decodable>(_ path: String) throws(PaperError) -> Contents {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw .unreadable(path: path, reason: FileTree.problem(reading: path, error))
    }
    do { return try JSON.decode(Contents.self, from: data) } catch {
      throw .malformed(path: path, reason: DecodingFault.reason(error, in: data))
    }
  }
}

/// An unusable file with a paper's numbers.
package enum PaperError: InputFailure, CustomStringConvertible, Equatable {
  case unreadable(path: String, reason: String)
  case malformed(path: String, reason: String)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason.shown(limit: 600)); the paper's tables are in "
        + "results/paper/table-*.json"
    case .malformed(let path, let reason):
      "\(path): not a table or figure of a paper: \(reason.shown(limit: 600))"
    }
  }
}
