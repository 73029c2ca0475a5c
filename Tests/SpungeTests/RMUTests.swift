import Foundation
import LanguageModels
@testable import Spunge
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
      try close(#require(step.forgetCosine), "cosine_forget")
      try close(#require(step.retainCosine), "cosine_retain")
    }
    let file = try SafetensorsFile(path: Fixtures.path(reference))
    let finals = file.tensors.filter { $0.name.hasPrefix("rmu/final/") }
    #expect(finals.count == delta.checkpoint.tensors.count)
    for tensor in finals {
      let name = String(tensor.name.dropFirst("rmu/final/".count))
      let change = try delta.checkpoint.tensor(name).values
      let tuned = zip(change, try job.base.tensor(name).values).map { $0 + $1 }
      let expected = try file.tensor(tensor.name).values
      // AdamW's first steps go by the sign of a gradient: where one is rounding alone, processors differ.
      let far = zip(tuned, expected).count { abs($0 - $1) > 1e-5 }
      #expect(far <= expected.count / 5_000, "\(name): \(far) of \(expected.count)")
      expectClose(tuned, expected, absolute: 2e-5, "\(name)")
    }
  }

  /// The same run with operands rounded to bfloat16 in torch, and under its autocast, which rounds results too.
  @Test func bfloat16Products() throws {
    let golden = try #require(Fixtures.json("goldens/bfloat16.json")["rmu"] as? [String: Any])
    var rmu = try settings
    rmu.computeType = .bfloat16
    var steps: [UnlearningStep] = []
    _ = try rmu.unlearn(try job { steps.append($0) })
    for (kind, tolerance) in [("rounded", 2e-3), ("autocast", 2e-2)] {
      let run = try #require(golden[kind] as? [String: Any])
      let losses = try #require(run["losses"] as? [[Double]])
      #expect(losses.count == steps.count)
      for (step, expected) in zip(steps, losses) {
        let comment = "\(kind), step \(step.step)"
        expectClose(
          step.forgetLoss, expected[0], absolute: 1e-6, relative: tolerance, comment)
        expectClose(
          step.forgetLoss + step.retainLoss, expected[1], absolute: 1e-6, relative: tolerance,
          comment)
      }
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

  /// Weights that are read anew and activations that are computed twice give the same bits.
  @Test(arguments: [(true, true), (false, false), (false, true)])
  func memoryChangesNothing(keepsWeights: Bool, recomputes: Bool) throws {
    var rmu = try settings
    rmu.maximumBatches = 2
    let usual = try rmu.unlearn(try job { _ in }).checkpoint
    var frugal = try job { _ in }
    frugal.memory = TrainingMemory(keepsWeights: keepsWeights, recomputes: recomputes)
    let other = try rmu.unlearn(frugal).checkpoint
    #expect(usual.tensors.map(\.name) == other.tensors.map(\.name))
    for tensor in usual.tensors {
      let (first, second) = (try usual.tensor(tensor.name), try other.tensor(tensor.name))
      #expect(first.values == second.values)
    }
  }

  @Test func smallerBudgetsHoldLess() throws {
    let rmu = try settings
    let job = try job { _ in }
    func plan(_ budget: Int?) throws -> TrainingPlan? {
      try rmu.plan(job).program?.memoryPlan(job.configuration, budget: budget)
    }
    let fastest = try #require(try plan(nil))
    #expect(fastest.memory == .fastest)
    let tight = try #require(try plan(fastest.totalBytes - 1))
    #expect(tight.memory != .fastest && tight.totalBytes < fastest.totalBytes)
    let error = #expect(throws: TrainingPlanError.self) { try plan(1000) }
    #expect(error?.description.hasSuffix("lower batchSize, forgetTokens or retainTokens") == true)
  }

  /// Cosines of one and of ten batches: the window delays the stop, it does not prevent it.
  @Test func theStopLooksAtSeveralSteps() throws {
    var rmu = try settings
    rmu.stopBelowCosine = 0.9999
    func steps(_ window: Int) throws -> Int {
      rmu.stopWindow = window
      var count = 0
      _ = try rmu.unlearn(try job { _ in count += 1 })
      return count
    }
    let first = try steps(1)
    #expect(try steps(3) >= max(first, 3))
  }

  @Test func normsAreLogged() throws {
    var rmu = try settings
    rmu.maximumBatches = 1
    var logged: [UnlearningStep] = []
    _ = try rmu.unlearn(try job { logged.append($0) })
    let step = try #require(logged.first)
    // Nothing has changed in the first step's forward passes.
    expectClose(try #require(step.forgetCosine), 1, absolute: 1e-9)
    #expect(step.forgetNorm == step.frozenForgetNorm && step.retainNorm == step.frozenRetainNorm)
    #expect((step.forgetNorm ?? 0) > 0 && (step.gradientNorm ?? 0) > 0)
    expectClose(try #require(step.steeringNorm), 6.5, absolute: 1e-4)
  }

  @Test(arguments: [
    ("wmdp-defaults", 7, [20.0], [100.0], 80, -1.0),
    ("wmdp-zephyr", 7, [6.5], [1200], 150, -1),
    ("wmdp-yi", 15, [300], [350], 400, -1),
    ("spunge-zephyr", 7, [6.5], [1200], 150, 0.5),
  ])
  func presets(
    name: String, layer: Int, steering: [Double], alphas: [Double], batches: Int, stop: Double
  ) throws {
    let method = try unlearningMethods.method("rmu", assignments: ["preset=\(name)"])
    let rmu = try #require(method as? RMU)
    #expect(rmu.layer == layer && rmu.trainedLayers == [layer - 2, layer - 1, layer])
    #expect(rmu.steeringCoefficients == steering && rmu.alphas == alphas)
    #expect(rmu.maximumBatches == batches && rmu.stopBelowCosine == stop)
    let changed = try unlearningMethods.method(
      "rmu", assignments: ["preset=\(name)", "alphas=[5, 6]"])
    #expect((changed as? RMU)?.alphas == [5, 6])
  }
}
