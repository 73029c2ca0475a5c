import Formats
import PythonText

/// Which rows are meant: a number in a column, compared with a bound.
///
/// SPUNGE (Kadhe et al. 2024) uses `toxicity_human >= 3` and, in appendix C.3, `toxicity_human == 5` and
/// `severe_toxicity > 0.35`.
package struct SelectionRule: Sendable, Hashable, CustomStringConvertible {
  package enum Comparison: String, Sendable, CaseIterable {
    // The longer signs first: they begin like the shorter ones.
    case atLeast = ">="
    case atMost = "<="
    case equal = "=="
    case above = ">"
    case below = "<"
  }

  /// Column; dots lead into objects: `prompt.toxicity`.
  package var column: String
  package var comparison: Comparison
  package var bound: Double

  /// - Parameter text: for example `toxicity_human >= 3`.
  /// - Throws: `ToxicityError.badRule`.
  package init(_ text: String) throws(ToxicityError) {
    for comparison in Comparison.allCases {
      guard let sign = text.firstRange(of: comparison.rawValue) else { continue }
      let column = String(text[..<sign.lowerBound]).stripped()
      guard !column.isEmpty, let bound = Double(String(text[sign.upperBound...]).stripped()),
        bound.isFinite
      else { break }
      (self.column, self.comparison, self.bound) = (column, comparison, bound)
      return
    }
    throw .badRule(text)
  }

  package var description: String {
    "\(column) \(comparison.rawValue) \(Value.float(bound).text)"
  }

  /// Whether the row is meant; `nil` where it has no number there.
  func holds(_ row: Document) throws(TemplateFault) -> Bool? {
    var row = row
    var path = column.split(separator: ".").map(String.init)
    // A column's name may have dots itself.
    if row[column] != nil { path = [column] }
    for name in path.dropLast() {
      guard let inner = try row.required(name).mappingValue else {
        throw TemplateFault("column '\(name.shown())' must be an object, for the rule \(self)")
      }
      row = Document(inner)
    }
    guard let number = try row.number(path.last ?? column) else { return nil }
    return switch comparison {
    case .atLeast: number >= bound
    case .atMost: number <= bound
    case .equal: number == bound
    case .above: number > bound
    case .below: number < bound
    }
  }
}
