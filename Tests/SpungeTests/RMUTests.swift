import Foundation
import LanguageModels
import Spunge
import Tensors
import TestSupport
import Testing

@Suite struct RMUTests {
  private let reference = "goldens/reference.safetensors"

  private func corpora(_ name: String) throws -> [TokenCorpus] {
    let (shape, values) = try Fixtures.integers(reference, name)  // [domain, batch, rows, tokens]
    let rows = values.count / shape[0] / shape[3]
    return (0..<shape[0]).map { domain in
      TokenCorpus(
        name: "domain\(domain)",
        rows: (0..<rows).map { row in
          let first = (domain * rows + row) * shape[3]
          return values[first..<first + shape[3]].map { Int32($0) }
        })
    }
  }

  private func job(_ report: @escaping (UnlearningStep) throws -> Void) throws -> UnlearningJob {
    let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    return UnlearningJob(
      name: "golden", configuration: folder.configuration, base: folder.checkpoint,
      forget: try corpora("rmu/forget_batches"), retain: try corpora("rmu/retain_batches"),
      random: RandomSource(seed: 1), report: report)
  }

  private var settings: RMU {
    get throws {
      var rmu = RMU()
      rmu.layer = 2
      rmu.trainedLayers = [0, 1, 2]
      rmu.alphas = [100]
      rmu.learningRate = 1e-3
      rmu.adamEpsilon = 1e-8
      rmu.weightDecay = 0.01
      rmu.batchSize = try Fixtures.integers(reference, "rmu/forget_batches").0[2]
      rmu.controlVectors = Fixtures.path(reference)
      return rmu
    }
  }

  /// Losses and final weights of a run by transformers and torch.
  @Test func goldenRun() throws {
    let golden = try #require(Fixtures.json("goldens/reference.json")["rmu"] as? [String: Any])
    let history = try #require(golden["history"] as? [[String: Any]])
    var steps: [UnlearningStep] = []
    let job = try job { steps.append($0) }
    let delta = try settings.unlearn(job)
    #expect(steps.count == history.count)
    for (step, expected) in zip(steps, history) {
      func close(_ actual: Double, _ key: String) throws {
        let value = try #require(expected[key] as? Double)
        expectClose(actual, value, absolute: 1e-6, relative: 1e-4, "step \(step.step) \(key)")
      }
      try close(step.forgetLoss, "forget_loss")
      try close(step.forgetLoss + step.retainLoss, "loss")
      try close(step.forgetCosine, "cosine_forget")
      try close(step.retainCosine, "cosine_retain")
    }
    let file = try SafetensorsFile(path: Fixtures.path(reference))
    let finals = file.tensors.filter { $0.name.hasPrefix("rmu/final/") }
    #expect(finals.count == delta.checkpoint.tensors.count)
    for tensor in finals {
      let name = String(tensor.name.dropFirst("rmu/final/".count))
      let change = try delta.checkpoint.tensor(name).values
      let tuned = zip(change, try job.base.tensor(name).values).map { $0 + $1 }
      expectClose(tuned, try file.tensor(tensor.name).values, absolute: 1e-5, "\(name)")
    }
  }

  @Test func earlyStopOnCosine() throws {
    var rmu = try settings
    rmu.stopBelowCosine = 0.9999
    var steps = 0
    _ = try rmu.unlearn(try job { _ in steps += 1 })
    #expect(steps > 1 && steps < 12)
  }

  @Test func nonFiniteLossStops() throws {
    var rmu = try settings
    rmu.learningRate = 1e38
    let run = try job { _ in }
    #expect(throws: UnlearningError.self) { try rmu.unlearn(run) }
  }

  @Test func steeringVectorIsSeeded() throws {
    var rmu = try settings
    rmu.controlVectors = ""
    rmu.maximumBatches = 1
    let first = try rmu.unlearn(try job { _ in }).checkpoint
    let second = try rmu.unlearn(try job { _ in }).checkpoint
    for tensor in first.tensors {
      #expect(try first.tensor(tensor.name).values == second.tensor(tensor.name).values)
    }
  }

  @Test func badSettings() throws {
    #expect(throws: SettingsError.self) { try RMU(assignments: ["layer=2"]) }  // trainedLayers 5…7
    #expect(throws: SettingsError.self) { try RMU(assignments: ["trainedParameters=[mlp.nose]"]) }
    var rmu = try settings
    rmu.layer = 9
    let run = try job { _ in }
    #expect(throws: UnlearningError.layerOutOfRange(9, count: 4)) { try rmu.unlearn(run) }
  }
}
