import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@testable import Spunge

@Suite struct CircuitBreakersTests {
  private static let settings = [
    "layers=[1, 2]", "rampSteps=8", "training.learningRate=0.01", "training.epochs=12",
    "training.maximumSteps=12", "training.batchSize=3", "training.dropout=0",
  ]

  private func job(
    _ report: @escaping (UnlearningStep) throws -> Void = { _ in }
  ) throws -> UnlearningJob {
    let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    return UnlearningJob(
      name: "part", configuration: folder.configuration, base: folder.checkpoint,
      forget: [
        TokenCorpus(name: "forget", rows: [[1, 40, 41, 42, 43], [1, 50, 51], [1, 60, 61, 62]])
      ],
      retain: [TokenCorpus(name: "retain", rows: [[1, 140, 141, 142], [1, 150, 151, 152, 153]])],
      random: RandomSource(seed: 4), report: report)
  }

  private func method(_ settings: [String] = settings) throws -> any UnlearningMethod {
    try unlearningMethods.method("circuit_breakers", assignments: settings)
  }

  /// The weight goes over from forgetting to retaining; every token counts, a text's first and last too.
  @Test func termsOfAStep() throws {
    let program = try #require(try method().plan(try job()).program)
    for (index, share) in [(0, 1.0 / 8), (3, 0.5), (9, 1.25)] {
      let step = program.step(index, [])
      guard case .representations(let forget, let turned) = step.forget[0].kind,
        case .representations(let retain, let held) = step.retain[0].kind
      else {
        Issue.record("other terms")
        return
      }
      #expect(turned.layers == [1, 2] && turned.measure == .alignment)
      #expect(held.layers == [0, 1, 2] && held.measure == .distance)
      #expect(turned.weight == 10 * max(0, 1 - share) && held.weight == 10 * min(1, share))
      #expect(forget.input.tokens.count == 12 && turned.total == 12)
      #expect(Set(forget.input.tokens).isSuperset(of: [1, 43, 51, 62]))
      // Three documents, of two that are gone round.
      #expect(retain.input.sequences.count == 3 && held.total == Double(retain.weights.count))
    }
    #expect(program.need.depth == 3 && program.need.usesBase && program.need.keptStates == 3)
  }

  /// Forget text turns away from the base, retain text much less; only layers up to the last of `layers` change.
  @Test func turnsForgetTextAway() throws {
    var steps: [UnlearningStep] = []
    let slow = Self.settings.map { $0.hasPrefix("rampSteps") ? "rampSteps=48" : $0 }
    let delta = try method(slow).unlearn(try job { steps.append($0) })
    let (first, last) = (try #require(steps.first), try #require(steps.last))
    #expect(try #require(first.forgetCosine) > 0.99999)
    #expect(try #require(last.forgetCosine) < 0.5, "\(steps.map(\.forgetCosine))")
    #expect(try #require(last.retainCosine) > 0.8, "\(steps.map(\.retainCosine))")
    let names = delta.checkpoint.tensors.map(\.name)
    #expect(names.count == 3 * 7, "\(names)")
    #expect(names.allSatisfy { !$0.hasPrefix("model.layers.3.") && $0.hasPrefix("model.layers.") })
  }

  @Test(arguments: [
    ("training.parameters=full", "training.parameters"), ("layers=[1, 1]", "layers"),
    ("layers=[]", "layers"), ("startDeviation=0", "startDeviation"), ("weight=0", "weight"),
  ])
  func badSettings(setting: String, key: String) throws {
    let error = try #require(throws: SettingsError.self) { try method([setting]) }
    #expect(error.description.contains("'\(key)'"), "\(error)")
  }

  @Test func layersAreTheModels() throws {
    let method = try method(["layers=[1, 4]"])
    #expect(throws: UnlearningError.layerOutOfRange(4, count: 4)) { try method.plan(try job()) }
  }
}
