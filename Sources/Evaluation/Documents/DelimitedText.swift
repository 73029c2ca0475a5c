import Foundation

/// CSV and TSV: RFC 4180 quoting, a header row, and column types as the data set libraries infer
/// them.
enum DelimitedText {
  /// - Throws: `TaskError` when a row has another number of fields than the header.
  static func documents(
    _ bytes: ArraySlice<UInt8>, _ path: String, isTabbed: Bool, _ format: DocumentFormat
  ) throws(TaskError) -> [Document] {
    let separator = format.separator ?? UInt8(ascii: isTabbed ? "\t" : ",")
    let rows = try rows(bytes, separator: separator, path)
    guard let first = rows.first else { return [] }
    let body = rows.dropFirst(format.hasHeader ? 1 : 0)
    let names =
      !format.columnNames.isEmpty
      ? format.columnNames
      : format.hasHeader ? first.fields : first.fields.indices.map { String($0) }
    for row in rows where row.fields.count != names.count {
      throw .malformed(
        path: path, line: row.line, column: 1,
        problem: "\(row.fields.count) fields, but there are \(names.count) column names")
    }
    let columns = names.indices.map { column in typed(body.map { $0.fields[column] }) }
    return body.indices.map { row in
      Document(zip(names, columns).map { ($0, $1[row - body.startIndex]) })
    }
  }

  private struct Row {
    var line: Int
    var fields: [String]
  }

  private static func rows(
    _ bytes: ArraySlice<UInt8>, separator: UInt8, _ path: String
  ) throws(TaskError) -> [Row] {
    let (quote, newline) = (UInt8(ascii: "\""), UInt8(ascii: "\n"))
    var rows: [Row] = []
    var (fields, field) = ([String](), [UInt8]())
    var (line, rowLine, index) = (1, 1, bytes.startIndex)
    func finishRow() {
      // A blank line is no row.
      if !(fields.isEmpty && field.isEmpty) {
        fields.append(String(decoding: field, as: UTF8.self))
        rows.append(Row(line: rowLine, fields: fields))
      }
      (fields, field) = ([], [])
    }
    while index < bytes.endIndex {
      let byte = bytes[index]
      index += 1
      if byte == quote, field.isEmpty {
        let opening = line
        while true {
          guard index < bytes.endIndex else {
            throw .malformed(
              path: path, line: opening, column: 1, problem: "a quoted field is never closed")
          }
          let inner = bytes[index]
          index += 1
          if inner == newline { line += 1 }
          if inner != quote {
            field.append(inner)
          } else if index < bytes.endIndex, bytes[index] == quote {
            field.append(quote)
            index += 1
          } else {
            break
          }
        }
      } else if byte == separator {
        fields.append(String(decoding: field, as: UTF8.self))
        field = []
      } else if byte == newline {
        finishRow()
        line += 1
        rowLine = line
      } else if !(byte == UInt8(ascii: "\r")
        && (index == bytes.endIndex || bytes[index] == newline))
      {
        field.append(byte)
      }
    }
    finishRow()
    return rows
  }

  /// What pandas takes for a missing value.
  private static let missing: Set<String> = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
  ]

  private static let truthValues = [
    "True": true, "TRUE": true, "true": true, "False": false, "FALSE": false, "false": false,
  ]

  /// A column's values of the type that pandas gives it: truth values, whole numbers where none is
  /// missing, other numbers, or text.
  private static func typed(_ cells: [String]) -> [TemplateValue] {
    let filled = cells.filter { !missing.contains($0) }
    func convert(_ value: (String) -> TemplateValue?) -> [TemplateValue] {
      cells.map { missing.contains($0) ? .none : value($0) ?? .string($0) }
    }
    if filled.count == cells.count, filled.allSatisfy({ integer($0) != nil }) {
      return convert { integer($0).map { .integer($0) } }
    }
    if filled.allSatisfy({ decimal($0) != nil }) {
      return convert { decimal($0).map { .float($0) } }
    }
    if filled.allSatisfy({ truthValues[$0] != nil }) {
      return convert { truthValues[$0].map { .bool($0) } }
    }
    return convert { .string($0) }
  }

  private static func integer(_ text: String) -> Int? {
    Int(text) ?? Int(text.trimmingCharacters(in: .whitespaces))
  }

  /// A decimal number or an infinity; Swift would also read hexadecimal ones.
  private static func decimal(_ text: String) -> Double? {
    let text = text.trimmingCharacters(in: .whitespaces).lowercased()
    if text.contains(where: { "xn".contains($0) }),
      !["inf", "infinity"].contains(text.drop { "+-".contains($0) })
    {
      return nil
    }
    return Double(text)
  }
}
