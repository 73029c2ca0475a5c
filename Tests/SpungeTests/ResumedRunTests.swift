import Foundation
import LanguageModels
import Spunge
import Tensors
import SpungeTestSupport
import TestSupport
import Testing

/// A run that dies in the middle of a part's training goes on from its last training state.
@Suite struct ResumedRunTests {
  /// Copies the work folder at some step of training: what a kill at that moment leaves.
  private final class Witness: ProgressSink {
    let step: String
    let at: Int
    let work: String
    let copy: String
    private(set) var first: Int?

    init(step: String, at: Int, work: String, copy: String) {
      (self.step, self.at, self.work, self.copy) = (step, at, work, copy)
    }

    func report(step: String, done: Int, total: Int, unit: String) {
      guard step == self.step else { return }
      first = first ?? done
      if done == at { try? FileManager.default.copyItem(atPath: work, toPath: copy) }
    }

    func note(_ message: String) {}
  }

  private static let methods: [String: String] = [
    "rmu": """
    settings:
        layer: 2
        trainedLayers: [1, 2]
        learningRate: 0.001
        batchSize: 2
        epochs: 3
        stopBelowCosine: -0.999
        stopWindow: 3
    """,
    "task_vector_negation": """
    settings:
        training: {batchSize: 2, accumulation: 1, epochs: 3, learningRate: 0.01, dropout: 0.1}
    """,
    "adaptive_rmu": """
    settings:
        layer: 2
        trainedLayers: [1, 2]
        learningRate: 0.001
        batchSize: 2
        epochs: 3
    """,
    "circuit_breakers": """
    settings:
        layers: [0, 2]
        training: {batchSize: 2, epochs: 3, learningRate: 0.01}
    """,
    "pdu": """
    settings:
        retainLimit: 6
        dualWarmupEpochs: 0
        training: {batchSize: 4, accumulation: 1, epochs: 3, maximumTokens: 24}
    """,
    "dpo": """
    settings:
        alternate: domain
        training: {batchSize: 4, accumulation: 1, epochs: 3, maximumTokens: 24}
    """,
    "undial": "settings: {training: {batchSize: 4, accumulation: 1, epochs: 3, maximumTokens: 24}}",
    "wga": "settings: {training: {batchSize: 4, accumulation: 1, epochs: 3, maximumTokens: 24}}",
    "satimp": "settings: {training: {batchSize: 4, accumulation: 1, epochs: 3, maximumTokens: 24}}",
    "ceu": "settings: {training: {batchSize: 4, accumulation: 1, epochs: 3, maximumTokens: 24}}",
  ]

  private func experiment(_ method: String) throws -> Experiment {
    let settings = Self.methods[method] ?? ""
    return try TinyExperiment.read { text in
      guard let first = text.range(of: "unlearn:"), let last = text.range(of: "merge:") else {
        return text
      }
      return text[..<first.lowerBound] + "unlearn:\n  method: \(method)\n  \(settings)\n"
        + text[last.lowerBound...]
    }
  }

  private func deltas(_ folder: String) throws -> [String: Data] {
    let work = "\(folder)/.spunge"
    let steps = try FileManager.default.contentsOfDirectory(atPath: work)
      .filter { $0.hasPrefix("unlearn") || $0.hasPrefix("merge") }
    return steps.reduce(into: [:]) { deltas, step in
      for name in ["delta.safetensors", "steps.jsonl"] {
        let file = URL(filePath: "\(work)/\(step)/\(name)")
        if let data = try? Data(contentsOf: file) { deltas["\(step)/\(name)"] = data }
      }
      #expect(!FileManager.default.fileExists(atPath: "\(work)/\(step)/training.safetensors"))
    }
  }

  /// The state is written after steps 2, 4, …; the copy is made when step 5 is reported.
  @Test(arguments: methods.keys.sorted()) func equalsTheUninterrupted(method: String) throws {
    let (whole, stopped) = try (TemporaryFolder(), TemporaryFolder())
    let experiment = try experiment(method)
    let witness = Witness(
      step: "unlearn union", at: 5, work: "\(whole.path)/.spunge",
      copy: "\(stopped.path)/.spunge")
    _ = try TinyExperiment.pipeline(experiment, whole.path, progress: witness, stateInterval: 2)
      .run()
    #expect(witness.first == 1)
    let heir = Witness(step: "unlearn union", at: 0, work: "", copy: "")
    _ = try TinyExperiment.pipeline(experiment, stopped.path, progress: heir, stateInterval: 2)
      .run()
    #expect(heir.first == 5, "four steps were in the state")
    let expected = try deltas(whole.path)
    #expect(expected.count >= 6)
    #expect(try deltas(stopped.path) == expected)
  }

  /// The smallest arrangement gives the same bits, and less than it needs is refused.
  @Test func staysWithinItsBudget() throws {
    let (free, bound) = try (TemporaryFolder(), TemporaryFolder())
    let experiment = try experiment("rmu")
    _ = try TinyExperiment.pipeline(experiment, free.path).run()
    #expect(throws: (any Error).self) {
      try TinyExperiment.pipeline(experiment, bound.path, memory: 1000).run()
    }
    let budget = TrainingPlan.programBytes + 3 << 20
    _ = try TinyExperiment.pipeline(experiment, bound.path, memory: budget).run()
    #expect(try deltas(bound.path) == deltas(free.path))
  }
}
