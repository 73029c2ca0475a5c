import Formats
import PythonText

/// Levenshtein's distance to a reference, looked for near the diagonal only.
struct BandedEditDistance {
  enum Step: UInt8 {
    case same, other
    /// A word that the reference does not have.
    case extra
    /// A word of the reference that is not there.
    case missing
    case unknown
  }

  private struct Cell {
    var edits: Int32
    var step: Step
  }

  /// Cells to each side of the diagonal.
  private static let reach = 25.0
  private static let nothing = Cell(edits: .max / 2, step: .unknown)

  private let reference: [Int]
  /// A row for each word that was measured last, behind one for none.
  private var rows: [[Cell]]
  private var words: [Int] = []

  init(reference: [Int]) {
    self.reference = reference
    rows = [(0...reference.count).map { Cell(edits: Int32($0), step: .missing) }]
  }

  /// - Returns: the number of edits, and what becomes of the words from first to last.
  mutating func measure(
    _ new: [Int]
  ) throws(TemplateFault) -> (edits: Int, steps: [Step]) {
    // Rows of words that are as before stay; the last row reaches farther than others.
    let isSameLength = new.count == words.count
    var known = 0
    while isSameLength, known < new.count, new[known] == words[known] { known += 1 }
    rows.removeLast(rows.count - 1 - known)
    words = new
    let slope = words.isEmpty ? 1 : Double(reference.count) / Double(words.count)
    let reach = Self.reach < slope / 2 ? (slope / 2 + Self.reach).rounded(.up) : Self.reach
    for row in known..<words.count {
      let center = (Double(row + 1) * slope).rounded(.down)
      let isLast = row == words.count - 1
      let end = isLast ? reference.count + 1 : min(reference.count + 1, Int(center + reach))
      rows.append(self.row(row, Int(max(0, center - reach))..<end))
    }
    return (Int(rows[words.count][reference.count].edits), try steps())
  }

  /// The row behind word `index`, filled in `columns`.
  private func row(_ index: Int, _ columns: Range<Int>) -> [Cell] {
    let above = rows[index]
    var row = Array(repeating: Self.nothing, count: reference.count + 1)
    for column in columns {
      if column == 0 {
        row[0] = Cell(edits: above[0].edits + 1, step: .extra)
        continue
      }
      // The first of equal ones counts.
      let isSame = words[index] == reference[column - 1]
      var best = Cell(
        edits: above[column - 1].edits + (isSame ? 0 : 1), step: isSame ? .same : .other)
      if above[column].edits + 1 < best.edits {
        best = Cell(edits: above[column].edits + 1, step: .extra)
      }
      if row[column - 1].edits + 1 < best.edits {
        best = Cell(edits: row[column - 1].edits + 1, step: .missing)
      }
      // Where the band above ends, nothing leads here.
      if best.edits >= Self.nothing.edits { best = Self.nothing }
      row[column] = best
    }
    return row
  }

  private func steps() throws(TemplateFault) -> [Step] {
    var (row, column) = (words.count, reference.count)
    var steps: [Step] = []
    while row > 0 || column > 0 {
      let step = rows[row][column].step
      guard step != .unknown else { throw TemplateFault("ter: the lengths differ too much") }
      steps.append(step)
      if step != .missing { row -= 1 }
      if step != .extra { column -= 1 }
    }
    return steps.reversed()
  }
}
