import Foundation

/// A table of a paper as data: what is printed in each cell, and what that must agree with.
///
/// The files are `results/paper/table-<number>.json`.
package struct PaperTable: Sendable, Codable, Hashable {
  /// Version of this format.
  package var schema: Int
  /// As the paper counts its tables, from 1.
  package var number: Int
  package var title: String
  /// Section or appendix.
  package var place: String
  package var source: String
  /// How figures were cut to two decimals.
  package var rounding: Rounding
  /// Attribute by which the unlearned data were split: `group`, `domain` or `kind`.
  package var split: String
  /// Whether the paper prints `columns` as rows.
  package var columnsAreRows: Bool
  package var columns: [Column]
  /// One for each base model.
  package var blocks: [Block]
  /// What the text says about cells of this table.
  package var claims: [Claim]
  /// Cells that other tables print, too.
  package var repeats: [Repeat]
  package var misprints: [Misprint]
  package var notes: [String]

  package enum Rounding: String, Sendable, Codable {
    /// Further decimals are dropped.
    case floor
    /// To the nearest, halves away from zero.
    case nearest
  }

  package struct Column: Sendable, Codable, Hashable {
    package var name: String
    package var title: String
    package var better: Better
    /// Absent for percent.
    package var unit: Unit?
    /// Number of questions, where percent are shares of them.
    package var questions: Int?
    package var fewShot: Int?
    /// Names of the columns that it is the mean of.
    package var meanOf: [String]?

    /// `Toxicity ↓`.
    package var heading: String { "\(title) \(better == .lower ? "↓" : "↑")" }
  }

  package enum Better: String, Sendable, Codable { case lower, higher }

  package enum Unit: String, Sendable, Codable { case perplexity }

  /// The rows of one base model.
  package struct Block: Sendable, Codable, Hashable {
    /// Hugging Face id.
    package var model: String
    package var title: String
    package var rows: [Row]
  }

  package struct Row: Sendable, Codable, Hashable {
    /// As rows of our tables are called: `base`, `rmu`, `spunge_rmu`.
    package var name: String
    package var title: String
    /// One for each column, as printed but for misprints that are no numbers.
    package var values: [Double]
  }

  /// What the text says of two rows in one column.
  package struct Claim: Sendable, Codable, Hashable {
    package var column: String
    package var model: String
    package var from: String
    package var to: String
    /// Quoted relative decrease, percent.
    package var lessPercent: Double?
    /// Quoted largest difference, percentage points.
    package var withinPoints: Double?
  }

  /// Rows and columns that have the same values in another table.
  package struct Repeat: Sendable, Codable, Hashable {
    package var table: Int
    package var model: String
    package var rows: [String]
    package var columns: [String]
  }

  /// Something printed that cannot be meant.
  package struct Misprint: Sendable, Codable, Hashable {
    /// The cell; absent for a misprint outside of cells.
    package var model: String?
    package var row: String?
    package var column: String?
    package var printed: String
    /// What is meant.
    package var read: String
    package var because: String
  }

  /// One printed figure with its place.
  package struct Cell: Sendable, Hashable {
    package let block: Block
    package let row: Row
    package let column: Column
    package let value: Double

    /// `Zephyr-7b-beta + RMU`, or the base model's name alone.
    package var rowTitle: String { block.title(of: row) }
  }

  /// Name of the file without extension.
  package var name: String { "table-\(number)" }

  /// `Table 2: Hazardous knowledge`.
  package var heading: String { "Table \(number): \(title)" }

  /// All cells, by blocks, rows and columns in the paper's order.
  package var cells: [Cell] {
    blocks.flatMap { block in
      block.rows.flatMap { row in
        zip(columns, row.values).map { Cell(block: block, row: row, column: $0, value: $1) }
      }
    }
  }

  package func block(_ model: String) -> Block? { blocks.first { $0.model == model } }

  package func column(_ name: String) -> Column? { columns.first { $0.name == name } }

  package func cell(_ model: String, _ row: String, _ column: String) -> Cell? {
    guard let block = block(model), let row = block.rows.first(where: { $0.name == row }),
      let index = columns.firstIndex(where: { $0.name == column })
    else { return nil }
    return Cell(block: block, row: row, column: columns[index], value: row.values[index])
  }

  /// The misprint that a cell has.
  func misprint(_ cell: Cell) -> Misprint? {
    misprints.first {
      $0.model == cell.block.model && $0.row == cell.row.name && $0.column == cell.column.name
    }
  }
}

extension PaperTable.Block {
  /// `Zephyr-7b-beta + RMU`, or the base model's name alone.
  package func title(of row: PaperTable.Row) -> String {
    row.name == "base" ? title : "\(title) + \(row.title)"
  }
}
