import Foundation

/// Documents written in JSON: objects one behind the other, mostly one a line, or an array of objects.
enum JSONRows {
  // MARK: Lines

  static func lines(
    _ bytes: ForeignBytes, _ path: String, limit: Int
  ) throws(ReadingError) -> [Document] {
    var reader = LineReader(path: path, limit: limit)
    var source = bytes
    while true {
      let isLast = source.isComplete
      let end = try source.bytes.withUnsafeBufferPointer { buffer throws(ReadingError) in
        try reader.read(UnsafeRawBufferPointer(buffer), isLast: isLast)
      }
      if isLast || reader.documents.count >= limit { return reader.documents }
      do throws(ForeignFileFault) { try source.advance(dropping: end) } catch {
        throw .unreadable(path: path, problem: "line \(reader.line + 1): \(error.problem)")
      }
    }
  }

  private struct LineReader {
    let path: String
    let limit: Int
    var documents: [Document] = []
    /// Lines that are done with.
    var line = 0
    /// Characters of the line that are done with.
    private var column = 0
    private var budget: ReadingBudget
    /// An object over several lines is looked for in so many bytes.
    private static let longObject = 1 << 24

    init(path: String, limit: Int) {
      self.path = path
      self.limit = limit
      budget = ReadingBudget(path: path)
    }

    /// Reads all whole objects.
    ///
    /// - Returns: where the first one that is not whole begins.
    mutating func read(
      _ bytes: UnsafeRawBufferPointer, isLast: Bool
    ) throws(ReadingError) -> Int {
      var lines = TextLines(bytes)
      var start = 0
      while start < bytes.count, documents.count < limit {
        guard let end = lines.end(after: start, isLast: isLast) else { return start }
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end.text])
        do throws(JSONFault) {
          try add(text)
        } catch {
          let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
          guard let length = try addObject(rest, isLast: isLast, error, in: text) else {
            return start
          }
          start += length
          continue
        }
        try budget.spend(row: text)
        (start, line, column) = (end.next, line + 1, 0)
      }
      return min(start, bytes.count)
    }

    /// Reads the first object of a line that is not one object: it has several, or one goes on behind it.
    ///
    /// - Parameter fault: of `text`, the line.
    /// - Returns: the object's length; nil when more must be read to know it.
    private mutating func addObject(
      _ bytes: UnsafeRawBufferPointer, isLast: Bool, _ fault: JSONFault,
      in text: UnsafeRawBufferPointer
    ) throws(ReadingError) -> Int? {
      guard let length = ObjectEnd.length(bytes) else {
        if !isLast, bytes.count < Self.longObject { return nil }
        throw malformed(fault, in: text)
      }
      let object = UnsafeRawBufferPointer(rebasing: bytes[..<length])
      do throws(JSONFault) { try add(object) } catch { throw malformed(error, in: object) }
      try budget.spend(row: object)
      // Something else than objects is an error of the line.
      if length < text.count,
        let next = text[length...].first(where: { !PythonJSON.isSpace($0) }),
        next != UInt8(ascii: "{")
      {
        throw malformed(fault, in: text)
      }
      let place = JSONFault(offset: length, problem: "").place(in: object)
      column = place.line > 1 ? place.column - 1 : column + place.column - 1
      line += place.line - 1
      return length
    }

    private mutating func add(_ text: UnsafeRawBufferPointer) throws(JSONFault) {
      if text.allSatisfy(PythonJSON.isSpace) { return }
      var document = try JSONRows.document(JSONReader<PythonJSONForm>.parse(text))
      // Rows mostly have the same columns, whose names are then held once.
      if let last = documents.last, last.fields.keys == document.fields.keys {
        document = Document(last.fields.with(values: document.fields.values))
      }
      documents.append(document)
    }

    private func malformed(_ fault: JSONFault, in text: UnsafeRawBufferPointer) -> ReadingError {
      let place = fault.place(in: text)
      return .malformed(
        path: path, line: line + place.line,
        column: place.column + (place.line == 1 ? column : 0), problem: fault.problem)
    }
  }

  // MARK: Arrays

  /// An array of objects, or the one under a key of an object.
  static func array(
    _ bytes: [UInt8], _ path: String, field: String?
  ) throws(ReadingError) -> [Document] {
    do throws(JSONFault) {
      var value = try PythonJSON.parse(bytes[...])
      if let field {
        guard let inner = value.mappingValue?[field] else {
          throw JSONFault(
            offset: 0, problem: "there is no key '\(field.shown())', which 'field' names")
        }
        value = inner
      }
      guard case .list(let rows) = value else {
        throw JSONFault(
          offset: 0, problem: "expected an array of objects, found \(value.typeName)")
      }
      var documents: [Document] = []
      documents.reserveCapacity(rows.count)
      for row in rows { documents.append(try document(finite(row))) }
      return documents
    } catch {
      let (line, column) = bytes.withUnsafeBytes { error.place(in: $0) }
      throw .malformed(path: path, line: line, column: column, problem: error.problem)
    }
  }

  /// The value as `datasets` has it, which writes arrays anew with a writer that makes null of NaN and infinity.
  private static func finite(_ value: Value) -> Value {
    switch value {
    case .float(let number): number.isFinite ? value : .none
    case .list(let values): .list(values.map(finite))
    case .mapping(let fields): .mapping(fields.with(values: fields.values.map(finite)))
    default: value
    }
  }

  private static func document(_ value: Value) throws(JSONFault) -> Document {
    guard case .mapping(let fields) = value else {
      throw JSONFault(
        offset: 0, problem: "expected an object in braces, found a \(value.typeName)")
    }
    return Document(fields)
  }
}

extension ReadingBudget {
  /// - Parameter text: the row in JSON, in which every comma may part two values.
  fileprivate mutating func spend(row text: UnsafeRawBufferPointer) throws(ReadingError) {
    try spend(row: text.count + 48 * text.count { $0 == UInt8(ascii: ",") })
  }
}
