import Formats
import Foundation
import Tensors

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
      do { return try decoder.decode(Row.self, from: line.bytes) } catch let error as DecodingError
      {
        throw InputError.row(
          path: path, line: line.number, reason: Self.reason(error, line.bytes) + remedy)
      } catch let error as InputError.Reason {
        throw InputError.row(path: path, line: line.number, reason: error.text)
      }
    }
  }

  private static func reason(_ error: DecodingError, _ line: Data) -> String {
    switch error {
    case .keyNotFound(let key, _): "no '\(key.stringValue.shown())'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: ".").shown())': "
        + context.debugDescription.shown()
    case .dataCorrupted(let context): DecodingFault.reason(context, in: line)
    @unknown default: "\(error)"
    }
  }
}

/// Writes answers in input order, whatever order they arrive in, each as soon as all earlier ones are written.
///
/// A file appears under its name atomically, when `finish` is called.
final class JSONLinesOutput {
  /// Nil for standard output.
  private let file: AtomicFile?
  private let encoder = JSONEncoder()
  private var waiting: [Int: Data] = [:]
  private var next = 0
  /// Output to a file that has not been written yet.
  private var pending: [UInt8] = []

  /// - Parameters:
  ///   - inputs: files that are read, which the output must not replace.
  ///   - model: a model, whose files the output must not replace.
  /// - Throws: `FileError`.
  init(path: String, inputs: [String] = [], model: String? = nil) throws {
    try OutputPlace.check(path, apartFrom: inputs, models: [model].compactMap(\.self))
    file = path == "-" ? nil : try AtomicFile(path: path)
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// Accepts the answer to row `index`, counted from 0.
  func put(_ index: Int, _ row: some Encodable) throws {
    waiting[index] = try encoder.encode(row) + [UInt8(ascii: "\n")]
    while let data = waiting.removeValue(forKey: next) {
      try write(Array(data))
      next += 1
    }
  }

  /// Appends a complete line, including its line ending.
  func write(_ line: [UInt8]) throws {
    guard file != nil else {
      return try Output.print(json: String(decoding: line, as: UTF8.self))
    }
    pending.append(contentsOf: line)
    if pending.count >= 1 << 20 { try flush() }
  }

  private func flush() throws {
    try pending.withUnsafeBytes { try file?.write($0) }
    pending.removeAll(keepingCapacity: true)
  }

  /// Makes the file appear under its name.
  func finish() throws {
    try flush()
    try file?.commit()
  }
}

/// A row or file that a command cannot use.
enum InputError: InputFailure, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case row(path: String, line: Int, reason: String)

  /// What is wrong with a row whose location is not known yet.
  struct Reason: InputFailure { let text: String }

  var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path.shown(limit: 500)): cannot be read: \(reason)"
    case .row(let path, let line, let reason):
      "\(path.shown(limit: 500)):\(line): \(reason.shown(limit: 600))"
    }
  }
}
