import Formats
import Foundation

/// Documents written in JSON: an object a line, or an array of objects.
enum JSONRows {
  // MARK: Lines

  static func lines(
    _ bytes: ForeignBytes, _ path: String, limit: Int
  ) throws(TaskError) -> [Document] {
    var reader = LineReader(path: path, limit: limit)
    var source = bytes
    while true {
      let isLast = source.isComplete
      let end = try source.bytes.withUnsafeBufferPointer { buffer throws(TaskError) in
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
    var budget: ReadingBudget

    init(path: String, limit: Int) {
      self.path = path
      self.limit = limit
      budget = ReadingBudget(path: path)
    }

    /// Reads all whole lines.
    ///
    /// - Returns: where the first line that is not whole begins.
    mutating func read(
      _ bytes: UnsafeRawBufferPointer, isLast: Bool
    ) throws(TaskError) -> Int {
      var start = 0
      while start < bytes.count, documents.count < limit {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        let length = JSONRows.lineLength(rest)
        guard length < rest.count || isLast else { return start }
        line += 1
        try add(UnsafeRawBufferPointer(rebasing: rest[..<length]))
        start += length + 1
      }
      return min(start, bytes.count)
    }

    private mutating func add(_ line: UnsafeRawBufferPointer) throws(TaskError) {
      if line.allSatisfy(JSONParser.isSpace) { return }
      do throws(JSONFault) {
        var document = try JSONRows.document(JSONReader<PythonJSONForm>.parse(line))
        // Rows mostly have the same columns, whose names are then held once.
        if let last = documents.last, last.fields.keys == document.fields.keys {
          document = Document(last.fields.with(values: document.fields.values))
        }
        documents.append(document)
      } catch {
        let column = error.place(in: line).column
        throw .malformed(path: path, line: self.line, column: column, problem: error.problem)
      }
      // Every comma may part two values.
      try budget.spend(row: line.count + 48 * line.count { $0 == UInt8(ascii: ",") })
    }
  }

  /// Bytes in front of the first line feed, or all.
  private static func lineLength(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress,
      let end = memchr(base, Int32(UInt8(ascii: "\n")), bytes.count)
    else { return bytes.count }
    return UnsafeRawPointer(end) - base
  }

  // MARK: Arrays

  /// An array of objects, or the one under a key of an object.
  static func array(
    _ bytes: [UInt8], _ path: String, field: String?
  ) throws(TaskError) -> [Document] {
    do throws(JSONFault) {
      var value = try JSONParser.parse(bytes[...])
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
  private static func finite(_ value: TemplateValue) -> TemplateValue {
    switch value {
    case .float(let number): number.isFinite ? value : .none
    case .list(let values): .list(values.map(finite))
    case .mapping(let fields): .mapping(fields.with(values: fields.values.map(finite)))
    default: value
    }
  }

  private static func document(_ value: TemplateValue) throws(JSONFault) -> Document {
    guard case .mapping(let fields) = value else {
      throw JSONFault(
        offset: 0, problem: "expected an object in braces, found a \(value.typeName)")
    }
    return Document(fields)
  }
}
