import Formats
import Foundation
import Tensors

/// One JSON object a line, read from a file or standard input (`-`).
struct JSONLinesInput {
  let path: String
  /// What to do about a row that is wrong.
  private let remedy: String
  /// Line numbers, counted from 1, and their bytes; blank lines left out.
  private var lines: [(number: Int, bytes: Data)] = []
  /// The longest row; no prompt or record comes near it.
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
      let place = number == 0 ? "" : "behind line \(number): "
      throw InputError.unreadable(path: self.path, reason: place + error.problem)
    }
  }

  /// - Returns: where the first line that is not whole begins.
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

/// Writes answers in input order, although they arrive in any, each as soon as all before it are there.
///
/// A file appears under its name when `finish` is called, whole or not at all.
final class JSONLinesOutput {
  /// Nil for standard output.
  private let file: AtomicFile?
  private let encoder = JSON.encoder()
  private var waiting: [Int: Data] = [:]
  private var next = 0
  /// Of a file, what has not been written yet.
  private var pending: [UInt8] = []

  /// - Parameters:
  ///   - inputs: what is read, which the file must not replace.
  ///   - model: whose files it must not replace.
  /// - Throws: `FileError`.
  init(path: String, inputs: [String] = [], model: String? = nil) throws {
    try OutputPlace.check(path, apartFrom: inputs, models: [model].compactMap(\.self))
    file = path == "-" ? nil : try AtomicFile(path: path)
  }

  /// Takes the answer to row `index`, counted from 0.
  func put(_ index: Int, _ row: some Encodable) throws {
    waiting[index] = try encoder.encode(row) + [UInt8(ascii: "\n")]
    while let data = waiting.removeValue(forKey: next) {
      try write(Array(data))
      next += 1
    }
  }

  /// Writes a whole line, its end included, behind everything that was put.
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

/// A row or file given to a command cannot be used.
enum InputError: InputFailure, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case row(path: String, line: Int, reason: String)

  /// What is wrong with a row, before its place is known.
  struct Reason: InputFailure { let text: String }

  var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path.shown(limit: 500)): cannot be read: \(reason)"
    case .row(let path, let line, let reason):
      "\(path.shown(limit: 500)):\(line): \(reason.shown(limit: 600))"
    }
  }
}
