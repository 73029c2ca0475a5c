import Foundation

/// A column of CSV, and the type that pandas gives it: truth values, whole numbers where none is
/// missing, other numbers, or text.
struct DelimitedColumn {
  private var cells: [String] = []
  private var hasMissing = false
  /// Whether all cells that are there can be such values.
  private var (isInteger, isDecimal, isTruth) = (true, true, true)
  /// What whole numbers beyond 64 bits with a sign are there.
  private var hasUnsigned = false
  private var hasNegative = false
  private var isBeyond64Bits = false

  private enum Kind {
    case integer, decimal, truth, text
    /// Whole numbers of which some do not fit `Int`.
    case unsigned
    /// Whole numbers that no type of 64 bits holds, which pandas leaves as they are written.
    case writtenNumbers
  }

  mutating func add(_ cell: String) {
    cells.append(cell)
    if Self.isMissing(cell) {
      hasMissing = true
      return
    }
    if isInteger { addInteger(cell) }
    if isDecimal, Self.decimal(cell) == nil { isDecimal = false }
    if isTruth, Self.truthValues[cell] == nil { isTruth = false }
  }

  private mutating func addInteger(_ cell: String) {
    if let value = Self.integer(cell) {
      if value < 0 { hasNegative = true }
      return
    }
    let text = Self.mayBeNumber(cell) ? cell.trimmingCharacters(in: .whitespaces) : ""
    let digits = text.utf8.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
    guard !digits.isEmpty, text.utf8.count - digits.count <= 1,
      digits.allSatisfy({ (0x30...0x39).contains($0) })
    else {
      isInteger = false
      return
    }
    if UInt64(text) != nil { hasUnsigned = true } else { isBeyond64Bits = true }
  }

  /// The value in each row.
  ///
  /// - Returns: nil for whole numbers that do not fit 64 bits, which `datasets` refuses, too.
  func values() -> ((Int) -> Value)? {
    guard let kind else { return nil }
    let cells = cells
    return { row in Self.value(cells[row], kind) }
  }

  private var kind: Kind? {
    if isInteger, !cells.isEmpty, isBeyond64Bits { return nil }
    if isInteger, hasUnsigned { return hasMissing || hasNegative ? .writtenNumbers : .unsigned }
    if isInteger, !hasMissing { return .integer }
    return isDecimal ? .decimal : isTruth ? .truth : .text
  }

  private static func value(_ cell: String, _ kind: Kind) -> Value {
    if kind == .writtenNumbers { return .string(cell) }
    if isMissing(cell) { return .none }
    switch kind {
    case .integer: return integer(cell).map { .integer($0) } ?? .string(cell)
    case .decimal: return decimal(cell).map { .float($0) } ?? .string(cell)
    case .truth: return truthValues[cell].map { .bool($0) } ?? .string(cell)
    case .unsigned:
      // There is no number for it here; printed it is the same.
      return integer(cell).map { .integer($0) }
        ?? .string(cell.trimmingCharacters(in: CharacterSet(charactersIn: " \t+")))
    case .text, .writtenNumbers: return .string(cell)
    }
  }

  // MARK: Cells

  /// What pandas takes for a missing value.
  private static let missing: Set<String> = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
  ]

  private static func isMissing(_ cell: String) -> Bool {
    let count = cell.utf8.count
    return count == 0 || count <= 8 && missing.contains(cell)
  }

  private static let truthValues = [
    "True": true, "TRUE": true, "true": true, "False": false, "FALSE": false, "false": false,
  ]

  /// Whether a cell can be a number at all; most texts are told by their first byte.
  private static func mayBeNumber(_ text: String) -> Bool {
    guard text.utf8.count <= 1000, let first = text.utf8.first else { return false }
    return first < 0x41 || first >= 0x80 || first | 0x20 == UInt8(ascii: "i")
  }

  private static func integer(_ text: String) -> Int? {
    guard mayBeNumber(text) else { return nil }
    return Int(text) ?? Int(text.trimmingCharacters(in: .whitespaces))
  }

  /// A decimal number or an infinity; Swift would also read hexadecimal ones.
  private static func decimal(_ text: String) -> Double? {
    guard mayBeNumber(text) else { return nil }
    if text.utf8.allSatisfy({ (0x2B...0x39).contains($0) || $0 | 0x20 == UInt8(ascii: "e") }) {
      return Double(text)
    }
    let text = text.trimmingCharacters(in: .whitespaces).lowercased()
    if text.contains(where: { "xn".contains($0) }),
      !["inf", "infinity"].contains(text.drop { "+-".contains($0) })
    {
      return nil
    }
    return Double(text)
  }
}
