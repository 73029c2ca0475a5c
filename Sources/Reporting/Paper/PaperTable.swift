import Formats
import Evaluation
import Foundation

/// A table of a paper as data: what is printed in each cell, and what that implies.
///
/// The files are in `results/paper/`. A cell whose figure is not known is not there.
package struct PaperTable: Sendable, Codable, Hashable {
  /// Version of this format.
  package var schema: Int
  /// Name of the file.
  package var name: String
  package var title: String
  /// Which table it is in the paper.
  package var table: String
  package var source: String
  /// How figures were cut to two decimals; `nil` where that is not known.
  package var rounding: Rounding?
  package var rows: [Row]
  package var columns: [Column]
  package var cells: [Cell]
  /// Relative changes that the text quotes.
  package var claims: [Claim]?
  /// Figures that are printed somewhere in a column.
  package var unplaced: [Unplaced]?
  package var notes: [String]

  package enum Rounding: String, Sendable, Codable {
    /// Further decimals are dropped.
    case floor
    /// To the nearest, halves away from zero.
    case nearest
  }

  package struct Row: Sendable, Codable, Hashable {
    /// As rows of our tables are called: `base`, `rmu`, `spunge_rmu`.
    package var name: String
    package var title: String
    /// The base model's Hugging Face id.
    package var model: String
  }

  package struct Column: Sendable, Codable, Hashable {
    package var name: String
    package var title: String
    /// Task whose score it is.
    package var task: String?
    /// Number of questions, where percent are shares of them.
    package var questions: Int?
    package var fewShot: Int?
    package var lowerIsBetter: Bool?
    /// False where percent are known not to be shares of `questions`.
    package var isShareOfQuestions: Bool?
    /// Names of the columns that it is the mean of.
    package var meanOf: [String]?
  }

  package struct Cell: Sendable, Codable, Hashable {
    package var row: String
    package var column: String
    /// The figure, percent.
    package var value: Double
    /// Numbers of right answers that it can stand for.
    package var correct: [Int]?
    /// What is printed, where that is a misprint.
    package var printed: String?
  }

  /// A relative change between two cells of one column, as quoted.
  package struct Claim: Sendable, Codable, Hashable {
    package var percent: Double
    package var column: String?
    package var from: String?
    package var to: String?
  }

  package struct Unplaced: Sendable, Codable, Hashable {
    package var column: String
    package var values: [Double]
  }

  /// - Throws: `PaperError` where the file is no such table.
  package init(path: String) throws(PaperError) {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw .unreadable(path: path, reason: FileTree.problem(reading: path, error))
    }
    do { self = try JSONDecoder().decode(PaperTable.self, from: data) } catch {
      throw .malformed(path: path, reason: DecodingText.reason(error, in: data))
    }
    guard schema == 1 else {
      throw .malformed(path: path, reason: "schema \(schema); this program knows schema 1")
    }
    for cell in cells where self.row(cell.row) == nil || self.column(cell.column) == nil {
      throw .malformed(
        path: path,
        reason: "a cell names row '\(cell.row)' and column '\(cell.column)', "
          + "which are not both listed")
    }
    for column in columns where column.questions.map({ $0 < 1 }) ?? false {
      throw .malformed(path: path, reason: "column '\(column.name)' has no questions")
    }
  }

  /// Every table in a folder, by file name.
  ///
  /// - Throws: `PaperError`.
  package static func all(folder: String) throws(PaperError) -> [PaperTable] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let files = names.filter { $0.hasSuffix(".json") }.sorted()
    guard !files.isEmpty else {
      throw .unreadable(path: folder, reason: "it holds no .json file")
    }
    var tables: [PaperTable] = []
    for file in files { tables.append(try PaperTable(path: "\(folder)/\(file)")) }
    return tables
  }

  package func row(_ name: String) -> Row? { rows.first { $0.name == name } }

  package func column(_ name: String) -> Column? { columns.first { $0.name == name } }

  package func cell(_ row: String, _ column: String) -> Cell? {
    cells.first { $0.row == row && $0.column == column }
  }
}

/// A file with a paper's figures cannot be used.
package enum PaperError: InputFailure, CustomStringConvertible, Equatable {
  case unreadable(path: String, reason: String)
  case malformed(path: String, reason: String)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason.shown(limit: 600)); the paper's figures are in results/paper/*.json"
    case .malformed(let path, let reason):
      "\(path): not a table of a paper: \(reason.shown(limit: 600))"
    }
  }
}

/// What is wrong with a JSON file, in words.
enum DecodingText {
  static func reason(_ error: any Error, in data: Data) -> String {
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case DecodingError.keyNotFound(let key, let context):
      "'\(key.stringValue.shown())' is missing in '\(place(context).shown())'"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "'\(place(context).shown())': \(context.debugDescription.shown())"
    case DecodingError.dataCorrupted(let context): DecodingFault.reason(context, in: data)
    default: "\(error)"
    }
  }
}
