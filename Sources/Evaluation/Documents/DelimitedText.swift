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

  /// A column of numbers becomes numbers, `True`/`False` truth values; an empty field is None.
  private static func typed(_ cells: [String]) -> [TemplateValue] {
    let filled = cells.filter { !$0.isEmpty }
    func convert(_ value: (String) -> TemplateValue?) -> [TemplateValue] {
      cells.map { $0.isEmpty ? .none : value($0) ?? .string($0) }
    }
    if filled.allSatisfy({ Int($0) != nil }) { return convert { Int($0).map { .integer($0) } } }
    if filled.allSatisfy(isDecimal) { return convert { Double($0).map { .float($0) } } }
    if filled.allSatisfy({ ["True", "False"].contains($0) }) {
      return convert { .bool($0 == "True") }
    }
    return convert { .string($0) }
  }

  /// A decimal number; Swift would also read `nan`, `inf` and hexadecimal ones.
  private static func isDecimal(_ text: String) -> Bool {
    text.utf8.contains { (0x30...0x39).contains($0) } && !text.lowercased().contains("x")
      && Double(text) != nil
  }
}
