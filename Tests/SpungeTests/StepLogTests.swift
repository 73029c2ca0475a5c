import Foundation

import TestSupport
import Testing

@testable import Spunge
@testable import spunge_eval

@Suite struct StepLogTests {
  private let step = UnlearningStep(
    step: 1, steps: 4, domain: "a \"b\"", forgetLoss: 0.5, retainLoss: 2, forgetCosine: 0.25,
    retainCosine: nil, gradientNorm: 3, learningRate: 0.001, tokens: 64)

  @Test func table() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/log.csv"
    let log = try StepLog(path: path)
    try log.put(step)
    try log.finish()
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\r\n")
    #expect(lines.count == 2)
    #expect(lines[1] == "1,4,\"a \"\"b\"\"\",0.5,2.0,0.25,,,,,,,3.0,0.001,64")
    #expect(
      lines[0].split(separator: ",").count
        == lines[1].split(separator: ",", omittingEmptySubsequences: false).count)
  }

  @Test func lines() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/log.jsonl"
    let log = try StepLog(path: path)
    var step = step
    step.step = 0
    try log.put(step)
    try log.finish()
    let data = try Data(contentsOf: URL(filePath: path))
    #expect(try JSONDecoder().decode(UnlearningStep.self, from: data) == step)
  }
}
