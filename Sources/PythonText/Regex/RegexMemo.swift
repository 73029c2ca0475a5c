/// What running a regular expression may cost.
package final class RegexEffort {
  /// A couple of seconds' work.
  package static let standard = 200_000_000

  package let limit: Int
  package var spent = 0

  package init(limit: Int = standard) { self.limit = min(limit, Self.standard) }
}

/// Which instructions are remembered where they failed, so that no pattern without back-references takes longer than
/// its length times the text's.
///
/// Selective memoisation: Davis, Servant & Lee 2021, https://doi.org/10.1109/SP40001.2021.00032
struct RegexMemoLayout: Sendable {
  /// Loops inside each other whose bodies may be empty.
  private static let loopLimit = 6

  /// First row of each instruction; −1 for those that are not remembered.
  private var rows: [Int32]
  private let loopsAround: [[Int]]
  private(set) var rowCount = 0

  /// - Returns: `nil` when what fails depends on more than where.
  init?(_ instructions: [RegexProgram.Instruction], loopsAround: [[Int]]) {
    rows = Array(repeating: -1, count: instructions.count)
    for (index, instruction) in instructions.enumerated() {
      switch instruction {
      case .backreference, .unlessMatched: return nil
      case .split, .run:
        guard loopsAround[index].count <= Self.loopLimit else { return nil }
        rows[index] = Int32(rowCount)
        rowCount += 1 << loopsAround[index].count
      default: break
      }
    }
    self.loopsAround = loopsAround
  }

  /// Whether it makes no difference to an instruction where the loops around it began their rounds.
  func standsAlone(_ instruction: Int) -> Bool { loopsAround[instruction].isEmpty }

  /// The row for an instruction at a position: a round that has taken nothing yet may end otherwise than one that has.
  func row(_ instruction: Int, at position: Int, slots: [Int]) -> Int {
    var row = Int(rows[instruction])
    for (bit, slot) in loopsAround[instruction].enumerated() where slots[slot] == position {
      row += 1 << bit
    }
    return row
  }
}

/// Where instructions have failed in one text.
struct RegexMemo {
  private var bits: [UInt64]
  /// Positions of a text: one more than it has characters.
  private let width: Int
  private static let bitLimit = 1 << 30

  /// - Returns: `nil` for more than 128 MiB.
  init?(rowCount: Int, textCount: Int) {
    width = textCount + 1
    let (count, overflows) = rowCount.multipliedReportingOverflow(by: width)
    guard !overflows, count <= Self.bitLimit else { return nil }
    bits = Array(repeating: 0, count: count / 64 + 1)
  }

  func index(row: Int, position: Int) -> Int { row * width + position }

  func contains(_ index: Int) -> Bool { bits[index / 64] >> (index % 64) & 1 == 1 }

  mutating func insert(_ index: Int) { bits[index / 64] |= 1 << (index % 64) }
}
