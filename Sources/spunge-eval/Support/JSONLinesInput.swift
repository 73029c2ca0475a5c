import Formats
import Foundation

/// One JSON object per line, read from a file or standard input (`-`).
struct JSONLinesInput {
  let path: String
  /// What the user can do about a bad row.
  private let remedy: String
  /// Line numbers, counted from 1, and the lines' bytes; without blank lines.
  private var lines: [(number: Int, bytes: Data)] = []
  /// The maximum length of a row, far above any prompt or record.
  private static let rowLimit = 16 << 20

  init(path: String, remedy: String = "") throws {
    self.remedy = remedy
    self.path = path == "-" ? "standard input" : path
    var number = 0
    do throws(ForeignFileFault) {
      var source = try ForeignBytes(path: path, limit: Self.rowLimit)
      while true {
        let end = takeLines(source.bytes, isLast: source.isComplete, &number)
        if source.isComplete { break }
        try source.advance(dropping: end)
      }
    } catch {
      let place = number == 0 ? "" : "after line \(number): "
      throw InputError.unreadable(path: self.path, reason: place + error.problem)
    }
  }

  /// - Returns: where the first incomplete line begins.
  private mutating func takeLines(_ bytes: [UInt8], isLast: Bool, _ number: inout Int) -> Int {
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
      guard let end = end ?? (isLast ? bytes.count : nil) else { break }
      number += 1
      if !bytes[start..<end].allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) {
        lines.append((number, Data(bytes[start..<end])))
      }
      start = end + 1
    }
    return min(start, bytes.count)
  }

  /// Decodes every row.
  func rows<Row: Decodable>(_ type: Row.Type) throws -> [Row] {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try lines.map { line in
      func fault(_ reason: String) -> InputError {
        .row(path: path, line: line.number, reason: reason)
      }
      do { return try decoder.decode(Row.self, from: line.bytes) } catch DecodingError.keyNotFound(
        let key, _)
      {
        throw fault("no '\(key.stringValue.shown())'" + remedy)
      } catch let error as DecodingError {
        throw fault(DecodingFault.reason(error, in: line.bytes) + remedy)
      } catch let error as InputError.Reason {
        throw fault(error.text)
      }
    }
  }
}
