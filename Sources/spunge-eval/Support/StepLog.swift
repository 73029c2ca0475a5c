import Foundation
import Spunge

/// What every step of an unlearning run measured, as JSON Lines or as CSV.
final class StepLog {
  private let isTable: Bool
  private let path: String
  private let lines: JSONLinesOutput?
  private var rows: [String] = []

  /// - Parameter path: a name ending in `.csv` is written as CSV.
  init(path: String) throws {
    self.path = path
    isTable = (path as NSString).pathExtension == "csv"
    lines = isTable ? nil : try JSONLinesOutput(path: path)
  }

  func put(_ step: UnlearningStep) throws {
    try lines?.put(step.step, step)
    if isTable { rows.append(Self.row(step)) }
  }

  func finish() throws {
    try lines?.finish()
    guard isTable else { return }
    try WholeFile.write(([Self.heading] + rows).map { $0 + "\r\n" }.joined(), to: path)
  }

  static let heading =
    "step,steps,domain,forget_loss,retain_loss,forget_cosine,retain_cosine,forget_norm,"
    + "frozen_forget_norm,retain_norm,frozen_retain_norm,steering_norm,gradient_norm,"
    + "learning_rate,tokens"

  /// One step, RFC 4180; what was not measured is empty.
  static func row(_ step: UnlearningStep) -> String {
    let measured: [Double?] = [
      step.forgetLoss, step.retainLoss, step.forgetCosine, step.retainCosine, step.forgetNorm,
      step.frozenForgetNorm, step.retainNorm, step.frozenRetainNorm, step.steeringNorm,
      step.gradientNorm, step.learningRate,
    ]
    let domain = "\"" + step.domain.replacing("\"", with: "\"\"") + "\""
    let numbers = measured.map { value in value.map { "\($0)" } ?? "" }
    return (["\(step.step)", "\(step.steps)", domain] + numbers + ["\(step.tokens)"])
      .joined(separator: ",")
  }
}
