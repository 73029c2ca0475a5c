import Formats
import Foundation
import Spunge
import Tensors

/// The measurements of every unlearning step as JSON Lines or CSV, written as the steps are taken.
///
/// A run resumed from a training state keeps the lines of earlier steps.
final class StepLog {
  private let isTable: Bool
  private let path: String
  private var handle: FileHandle?

  /// - Parameter path: CSV if it ends in `.csv`, else JSON Lines; `-` is standard output.
  init(path: String) {
    self.path = path
    isTable = (path as NSString).pathExtension == "csv"
  }

  func put(_ step: UnlearningStep) throws {
    if path == "-" { return try Output.print(json: JSONLinesText.encode([step])) }
    let file = try handle ?? open(first: step.step)
    handle = file
    let line =
      isTable ? Self.row(step) + "\r\n" : try JSONLinesText.encode([step])
    try file.write(contentsOf: Data(line.utf8))
  }

  func finish() throws {
    try handle?.close()
    handle = nil
  }

  /// Opens the file for appending, keeping only lines of steps before `first`.
  private func open(first: Int) throws -> FileHandle {
    let earlier = first > 0 ? (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" : ""
    let lines = earlier.split(whereSeparator: \.isNewline).map(String.init).filter { line in
      Self.step(of: line, isTable: isTable).map { $0 < first } ?? false
    }
    let end = isTable ? "\r\n" : "\n"
    let heading = isTable ? [Self.heading] : []
    try WholeFile.write((heading + lines).map { $0 + end }.joined(), to: path)
    guard let file = FileHandle(forUpdatingAtPath: path) else {
      throw FileError.system(path: path, action: "open", code: errno)
    }
    try file.seekToEnd()
    return file
  }

  /// A line's step number; `nil` for a heading or an incomplete line.
  private static func step(of line: String, isTable: Bool) -> Int? {
    isTable
      ? line.split(separator: ",").first.flatMap { Int($0) }
      : (try? JSONDecoder().decode(UnlearningStep.self, from: Data(line.utf8)))?.step
  }

  static let heading =
    "step,steps,domain,forget_loss,retain_loss,forget_cosine,retain_cosine,forget_norm,"
    + "frozen_forget_norm,retain_norm,frozen_retain_norm,steering_norm,gradient_norm,"
    + "learning_rate,tokens"

  /// One step as CSV (RFC 4180); missing measurements are empty.
  static func row(_ step: UnlearningStep) -> String {
    let measured: [Double?] = [
      step.forgetLoss, step.retainLoss, step.forgetCosine, step.retainCosine, step.forgetNorm,
      step.frozenForgetNorm, step.retainNorm, step.frozenRetainNorm, step.steeringNorm,
      step.gradientNorm, step.learningRate,
    ]
    let field = step.domain.csvField
    let domain = field.hasPrefix("\"") ? field : "\"\(field)\""
    let numbers = measured.map { value in value.map { "\($0)" } ?? "" }
    return (["\(step.step)", "\(step.steps)", domain] + numbers + ["\(step.tokens)"])
      .joined(separator: ",")
  }
}
