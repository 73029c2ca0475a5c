import Tensors
import Formats
import Foundation

/// Writes answers in input order, whatever order they arrive in, each as soon as all earlier ones are written.
///
/// A file appears under its name atomically, when `finish` is called.
final class JSONLinesOutput {
  /// Nil for standard output.
  private let file: AtomicFile?
  private let encoder = JSON.encoder()
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
