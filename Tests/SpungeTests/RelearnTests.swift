import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@testable import Spunge

/// Attacks that train or prune, against torch.
@Suite struct RelearnTests {
  private let golden: [String: Any]
  private let folder: ModelDirectory

  init() throws {
    golden = try Fixtures.json("goldens/relearn.json")
    folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
  }

  private func site(_ corpus: TokenCorpus) -> TransformSite {
    TransformSite(
      configuration: folder.configuration, base: folder.checkpoint, engine: engines[0],
      random: RandomSource(seed: 3), memory: nil,
      corpus: { _ in TokenPart(corpus) })
  }

  private func corpus() throws -> TokenCorpus {
    let documents = try #require(golden["documents"] as? [[Int]])
    return TokenCorpus(
      name: "forget", rows: documents.map { $0.map { Int32($0) } },
      completionStarts: try #require(golden["starts"] as? [Int]))
  }

  /// Losses of every step and what every parameter became.
  @Test(arguments: ["adamw", "lion"])
  func relearnsAsTorchDoes(optimizer: String) throws {
    let expected = try #require(golden[optimizer] as? [String: Any])
    let rate = optimizer == "adamw" ? "2e-3" : "2e-4"
    let relearn = try transforms.method(
      "relearn",
      assignments: [
        "training.optimizer=\(optimizer)", "training.learningRate=\(rate)", "training.epochs=4",
        "training.batchSize=2", "training.accumulation=2", "training.shuffle=false",
        "training.weightDecay=0.01", "training.gradientClipping=0",
      ] + (optimizer == "lion" ? ["training.adamBeta2=0.99"] : []))
    guard case .training(let planned) = try relearn.plan(site(try corpus())) else {
      Issue.record("nothing trains")
      return
    }
    var losses: [Double] = []
    var job = planned.job
    job.report = { losses.append($0.forgetLoss) }
    let delta = try UnlearningPlan.training(planned.program).run(job)
    let values = try #require(expected["losses"] as? [Double])
    #expect(losses.count == values.count)
    for (ours, theirs) in zip(losses, values) { expectClose(ours, theirs, absolute: 1e-4 * theirs) }
    let sum = try SumCheckpoint(base: folder.checkpoint, delta: delta)
    for (name, norm) in try #require(expected["norms"] as? [String: Double]) {
      let own = try sum.tensor(name).values.reduce(0.0) { $0 + Double($1) * Double($1) }
      expectClose(own.squareRoot(), norm, absolute: 2e-4 * norm)
    }
  }

  /// More documents are those of a smaller number and others; too many are refused.
  @Test func fewerDocumentsAreSomeOfThem() throws {
    let corpus = try corpus()
    func rows(_ count: Int) throws -> [[Int32]] {
      let relearn = try transforms.method("relearn", assignments: ["documents=\(count)"])
      guard case .training(let planned) = try relearn.plan(site(corpus)) else { return [] }
      return planned.job.forget[0].rows
    }
    let (two, three) = (try rows(2), try rows(3))
    #expect(two.count == 2 && three.count == 3 && two.allSatisfy(three.contains))
    #expect(try rows(0) == corpus.rows && rows(4) == corpus.rows)
    #expect(throws: RelearnError.tooFew(data: "forget", asked: 5, there: 4)) { try rows(5) }
  }

  @Test(arguments: Relearn.presets.map(\.name))
  func presetsAreSettings(name: String) throws {
    let relearn = try transforms.method("relearn", assignments: ["preset=\(name)"])
    guard case .training(let planned) = try relearn.plan(site(try corpus())) else {
      Issue.record("nothing trains")
      return
    }
    #expect(planned.program.steps == ["lucki": 12, "deeb-roger": 6, "tar": 1000][name, default: 1])
  }

  /// Zeros where torch has them, but for the choice among equal magnitudes; any rows alone are those of the whole.
  @Test(arguments: [0, 0.1, 0.475, 1.0])
  func prunesAsTorchDoes(share: Double) throws {
    let weights = try #require(golden["weights"] as? [Double]).map { Float($0) }
    let pruned = try #require(golden["pruned"] as? [String: Any])
    let key = share == 0 ? "0.0" : share == 1 ? "1.0" : "\(share)"
    let expected = try #require(pruned[key] as? [Any])
    let checkpoint = PrunedCheckpoint(
      MemoryCheckpoint([("w", [5, 24], weights)]), tensors: ["w"], share: share)
    let values = try checkpoint.tensor("w").values
    #expect(values.count { $0 == 0 } == expected[0] as? Int)
    expectClose(
      values.map(abs).sorted(), try #require(expected[1] as? [Double]).map { Float($0) },
      absolute: 1e-7)
    #expect(zip(values, weights).allSatisfy { $0 == 0 || $0 == $1 })
    for rows in [0..<1, 1..<4, 4..<5] {
      var part = [Float](repeating: 1, count: rows.count * 24)
      try part.withUnsafeMutableBufferPointer { try checkpoint.read("w", rows: rows, into: $0) }
      #expect(part == Array(values[rows.lowerBound * 24..<rows.upperBound * 24]))
    }
  }
}
