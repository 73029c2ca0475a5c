/// CSV and TSV: a header row, then rows whose columns get the types that the data set libraries give
/// them.
struct DelimitedText {
  private let path: String
  private let format: DocumentFormat
  private var rows: DelimitedRows
  private var names: [String] = []
  private var columns: [DelimitedColumn] = []
  private var rowCount = 0
  private var budget: ReadingBudget

  /// - Throws: `ReadingError` when a row has more fields than the header, or is not UTF-8.
  static func documents(
    _ bytes: ForeignBytes, _ path: String, isTabbed: Bool, _ format: DocumentFormat
  ) throws(ReadingError) -> [Document] {
    var text = DelimitedText(path, isTabbed: isTabbed, format)
    try text.read(bytes)
    return try text.documents()
  }

  private init(_ path: String, isTabbed: Bool, _ format: DocumentFormat) {
    self.path = path
    self.format = format
    rows = DelimitedRows(separator: format.separator ?? UInt8(ascii: isTabbed ? "\t" : ","))
    budget = ReadingBudget(path: path)
  }

  private mutating func read(_ bytes: ForeignBytes) throws(ReadingError) {
    var source = bytes
    while true {
      let (isLast, offset) = (source.isComplete, source.droppedCount)
      let end = try source.bytes.withUnsafeBufferPointer { buffer throws(ReadingError) in
        try read(UnsafeRawBufferPointer(buffer), isLast: isLast, offset: offset)
      }
      if isLast { return }
      do throws(ForeignFileFault) { try source.advance(dropping: end) } catch {
        throw .unreadable(path: path, problem: error.problem)
      }
    }
  }

  /// Reads all whole rows.
  ///
  /// - Parameter offset: bytes of the file in front of these.
  /// - Returns: where the first row that is not whole begins.
  private mutating func read(
    _ bytes: UnsafeRawBufferPointer, isLast: Bool, offset: Int
  ) throws(ReadingError) -> Int {
    var start = 0
    while true {
      let end: Int?
      do throws(DelimitedRows.Fault) {
        end = try rows.next(bytes, from: start, isLast: isLast)
      } catch {
        throw .malformed(path: path, line: error.line, column: 1, problem: error.problem)
      }
      guard let end else { return start }
      try addRow(bytes, offset: offset)
      start = end
    }
  }

  // MARK: Rows

  private mutating func addRow(
    _ bytes: UnsafeRawBufferPointer, offset: Int
  ) throws(ReadingError) {
    if names.isEmpty, try takeHeader(bytes, offset: offset) { return }
    guard rows.fieldCount <= names.count else { throw wrongCount() }
    var byteCount = 0
    for index in names.indices {
      // What a short row leaves out is missing.
      let cell = index < rows.fieldCount ? try text(index, bytes, offset: offset) : ""
      byteCount += ReadingBudget.byteCount(text: cell.utf8.count) + 16
      columns[index].add(cell)
    }
    try budget.spend(row: byteCount)
    rowCount += 1
  }

  /// - Returns: whether the row was a header.
  private mutating func takeHeader(
    _ bytes: UnsafeRawBufferPointer, offset: Int
  ) throws(ReadingError) -> Bool {
    names =
      format.columnNames.isEmpty
      ? (0..<rows.fieldCount).map { String($0) } : format.columnNames
    columns = Array(repeating: DelimitedColumn(), count: names.count)
    guard format.hasHeader else { return false }
    guard format.columnNames.isEmpty else {
      guard rows.fieldCount == names.count else { throw wrongCount() }
      return true
    }
    for index in names.indices { names[index] = try text(index, bytes, offset: offset) }
    names = Self.unique(names)
    return true
  }

  private func wrongCount() -> ReadingError {
    .malformed(
      path: path, line: rows.rowLine, column: 1,
      problem: "\(rows.fieldCount) fields, but there are \(names.count) column names")
  }

  private func text(
    _ index: Int, _ bytes: UnsafeRawBufferPointer, offset: Int
  ) throws(ReadingError) -> String {
    let text = rows.withField(index, of: bytes) { String(validating: $0, as: UTF8.self) }
    if let text { return text }
    // Unquoting moves bytes, so the place is looked for in the row as it stands in the file.
    let fault = UTF8Check.firstFault(bytes) ?? 0
    throw .malformed(
      path: path, line: rows.rowLine, column: 1,
      problem: "field \(index + 1): byte \(offset + fault) of the file is not UTF-8; make the file "
        + "UTF-8, for example with iconv -f latin1 -t utf-8")
  }

  /// The names that pandas gives: a repeated `q` becomes `q.1`, a blank one `Unnamed: 2`.
  static func unique(_ header: [String]) -> [String] {
    var names = header.enumerated().map { $1.isEmpty ? "Unnamed: \($0)" : $1 }
    let present = Set(names)
    var counts: [String: Int] = [:]
    // Blank names give way to written ones.
    let order =
      names.indices.filter { !header[$0].isEmpty } + names.indices.filter { header[$0].isEmpty }
    for index in order {
      let old = names[index]
      var name = old
      var count = counts[old, default: 0]
      while count > 0 {
        counts[old] = count + 1
        name = "\(old).\(count)"
        count = present.contains(name) ? count + 1 : counts[name, default: 0]
      }
      names[index] = name
      counts[name] = count + 1
    }
    return names
  }

  // MARK: Documents

  private func documents() throws(ReadingError) -> [Document] {
    let row = Mapping(names.map { ($0, Value.none) })
    guard row.count == names.count else {
      throw .unreadable(path: path, problem: "two columns have the same name; rename one of them")
    }
    var values: [(Int) -> Value] = []
    for (name, column) in zip(names, columns) {
      guard let column = column.values() else {
        throw .unreadable(
          path: path,
          problem: "column '\(name.shown())' holds whole numbers of more than 64 bits; `datasets` "
            + "refuses them, too; write them in JSON, as strings")
      }
      values.append(column)
    }
    return (0..<rowCount).map { index in
      Document(row.with(values: values.map { $0(index) }))
    }
  }
}
