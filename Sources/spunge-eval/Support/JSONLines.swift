import Formats
import Evaluation
import Foundation
import Tensors

/// One JSON object a line, read from a file or standard input (`-`).
struct JSONLinesInput {
  let path: String
  /// What to do about a row that is wrong.
  private let remedy: String
  /// Line numbers, counted from 1, and their bytes; blank lines left out.
  private let lines: [(number: Int, bytes: Data)]

  init(path: String, remedy: String = "") throws {
    self.remedy = remedy
    self.path = path == "-" ? "standard input" : path
    let data: Data
    do {
      // A handle, not a map: pipes and devices are welcome too.
      let handle =
        path == "-" ? .standardInput : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      data = try handle.readToEnd() ?? Data()
    } catch {
      throw InputError.unreadable(path: path, reason: FileTree.problem(reading: path, error))
    }
    lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated().map { ($0.offset + 1, $0.element) }
      .filter { !$0.1.allSatisfy { $0 == 32 || $0 == 9 || $0 == 13 } }
  }

  /// Decodes every row.
  func rows<Row: Decodable>(_ type: Row.Type) throws -> [Row] {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try lines.map { line in
      do { return try decoder.decode(Row.self, from: line.bytes) } catch let error as DecodingError
      {
        throw InputError.row(path: path, line: line.number, reason: Self.reason(error) + remedy)
      } catch let error as InputError.Reason {
        throw InputError.row(path: path, line: line.number, reason: error.text)
      }
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "no '\(key.stringValue.shown())'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: ".").shown())': "
        + context.debugDescription.shown()
    case .dataCorrupted(let context): context.debugDescription.shown()
    @unknown default: "\(error)"
    }
  }
}

/// Writes answers in input order, although they arrive in any, each as soon as all before it are there.
///
/// A file appears under its name when `finish` is called, whole or not at all.
final class JSONLinesOutput {
  /// Nil for standard output.
  private let file: AtomicFile?
  private let encoder = JSONEncoder()
  private var waiting: [Int: Data] = [:]
  private var next = 0

  init(path: String) throws {
    file = path == "-" ? nil : try AtomicFile(path: path)
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// Takes the answer to row `index`, counted from 0.
  func put(_ index: Int, _ row: some Encodable) throws {
    waiting[index] = try encoder.encode(row) + [UInt8(ascii: "\n")]
    while let data = waiting.removeValue(forKey: next) {
      if let file {
        try data.withUnsafeBytes(file.write)
      } else {
        try Output.print(json: String(decoding: data, as: UTF8.self))
      }
      next += 1
    }
  }

  /// Makes the file appear under its name.
  func finish() throws { try file?.commit() }
}

/// A row or file given to a command cannot be used.
enum InputError: InputFailure, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case row(path: String, line: Int, reason: String)

  /// What is wrong with a row, before its place is known.
  struct Reason: InputFailure { let text: String }

  var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .row(let path, let line, let reason): "\(path):\(line): \(reason.shown(limit: 600))"
    }
  }
}
