import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import Spunge
@testable import spunge_eval

@Suite struct StepLogTests {
  private func step(_ number: Int) -> UnlearningStep {
    UnlearningStep(
      step: number, steps: 4, domain: "a \"b\"", forgetLoss: 0.5, retainLoss: 2,
      forgetCosine: 0.25, retainCosine: nil, gradientNorm: 3, learningRate: 0.001, tokens: 64)
  }

  private func write(_ steps: [Int], to path: String) throws {
    let log = StepLog(path: path)
    for number in steps { try log.put(step(number)) }
    try log.finish()
  }

  @Test func table() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/log.csv"
    try write([0, 1], to: path)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\r\n")
    #expect(lines.count == 3)
    #expect(lines[2] == "1,4,\"a \"\"b\"\"\",0.5,2.0,0.25,,,,,,,3.0,0.001,64")
    #expect(
      lines[0].split(separator: ",").count
        == lines[2].split(separator: ",", omittingEmptySubsequences: false).count)
  }

  /// `report --training-log` draws the table as it draws the lines.
  @Test func bothFormatsAreDrawn() throws {
    let folder = try TemporaryFolder()
    let figures = try ["csv", "jsonl"].map { format in
      let path = "\(folder.path)/log.\(format)"
      try write([0, 1, 2, 3], to: path)
      try ReportPage.parse(["--training-log", path, "--svg", "\(folder.path)/\(format)"]).run()
      return try String(contentsOfFile: "\(folder.path)/\(format)/log.svg", encoding: .utf8)
    }
    #expect(figures[0] == figures[1])
    let other = try folder.write("other.csv", "a,b\n1,2\n")
    let error = #expect(throws: InputError.self) {
      try ReportPage.parse(["--training-log", other, "--svg", folder.path]).run()
    }
    #expect(error?.description.contains("other.csv: cannot be read: it has no column 'st") == true)
  }

  /// A run that goes on at step 2 replaces what came after its training state, and nothing before.
  @Test(arguments: ["csv", "jsonl"])
  func goesOn(format: String) throws {
    let folder = try TemporaryFolder()
    let (path, whole) = ("\(folder.path)/log.\(format)", "\(folder.path)/whole.\(format)")
    try write([0, 1, 2, 3], to: whole)
    try write([0, 1, 2], to: path)
    try write([2, 3], to: path)
    #expect(
      try String(contentsOfFile: path, encoding: .utf8)
        == String(contentsOfFile: whole, encoding: .utf8))
    // A new run starts anew.
    try write([0], to: path)
    #expect(
      try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline).count
        == (format == "csv" ? 2 : 1))
  }
}
