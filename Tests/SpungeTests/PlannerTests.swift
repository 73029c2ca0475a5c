import Evaluation
import Foundation
import Tensors
import SpungeTestSupport
import TestSupport
import Testing

@testable import Spunge

/// What is planned, and that it is made once.
@Suite struct PlannerTests {
  private final class Openings: @unchecked Sendable { var count = 0 }

  /// A grid of four whose completions a classifier judges; each opening of the classifier is counted.
  private func members(
    _ folder: String, _ openings: Openings
  ) throws -> [GridRun.Member] {
    let toxicity =
      "  toxicity: { prompts: \(Fixtures.path("toxicity/toxigen.jsonl")), limit: 2, classifier: \(folder), "
      + "settings: { maximumNewTokens: 3 } }\n"
    let file = try TinyExperiment.file {
      $0.replacing("table:", with: toxicity + "table:")
        .replacing("seed: 1\n", with: "seed: [1, 2]\n")
        .replacing("density: 0.2", with: "density: [0.2, 0.5]")
        .replacing("[base, monolithic, spunge]", with: "[base, spunge, control]")
    }
    let root = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent().path
    let index = try TaskIndex(folder: "\(root)/tasks/harness")
    let digests = FileDigests(work: "\(folder)/work")
    return try ExperimentGrid(file).points.map { point in
      let experiment = try TinyExperiment.read(point.file)
      let pipeline = try SpungePipeline(
        experiment, tasks: index,
        paths: .init(
          data: Fixtures.path("tiny"), results: "\(folder)/results", work: "\(folder)/work"),
        context: RunContext(
          random: RandomSource(seed: experiment.seed), digests: digests),
        openClassifier: { _ in
          openings.count += 1
          return StoredClassifier(labels: ["benign", "toxic"]) {
            ScriptedClassifier { _ in [1, 0] }
          }
        })
      return GridRun.Member(pipeline: pipeline, point: point)
    }
  }

  @Test func aGridReadsOnceWhatItShares() throws {
    let (folder, openings) = (try TemporaryFolder(), Openings())
    let plans = try GridRun.plans(try members(folder.path, openings))
    #expect(plans.count == 4 && openings.count == 1)
    #expect(plans.allSatisfy { $0.inputs === plans[0].inputs })
    // Seeds draw other parts for the control; the attribute's parts are the same.
    let parts = plans.map { $0.data.parts.map(\.digest) }
    #expect(Set(parts).count == 1)
    let random = plans.map { $0.data.random.map(\.digest) }
    #expect(random[0] == random[1] && random[2] == random[3] && random[0] != random[2])
    // Nothing has been digested, nothing is written.
    #expect(try folder.names.isEmpty)
    // A plan alone is the same.
    let alone = try Planner().plan(try members(folder.path, openings)[3].pipeline)
    #expect(alone.data.random.map(\.digest) == random[3] && openings.count == 2)
    #expect(alone.unlearning[.control]?.map(\.name) == ["random-1", "random-2"])
  }

  /// Of another base or other questions, nothing is taken over.
  @Test func othersAreReadAnew() throws {
    let folder = try TemporaryFolder()
    let planner = Planner()
    let first = try planner.plan(
      try TinyExperiment.pipeline(try TinyExperiment.read(), folder.path))
    let limited = try TinyExperiment.read {
      $0.replacing("tasks: [arc_easy]", with: "tasks: [arc_easy]\n  limit: 1")
    }
    let second = try planner.plan(try TinyExperiment.pipeline(limited, folder.path))
    #expect(first.inputs !== second.inputs)
    #expect(second.inputs.evaluators[0].questions.count == 1)
    #expect(first.inputs.evaluators[0].questions.count > 1)
  }

  /// The SHA-256 that Python's hashlib gives of `bees`, `1` and the ids as text, each with 0xff behind it.
  @Test func aPartsDigestIsOfItsIDs() {
    let corpus = TokenCorpus(
      name: "bees", rows: [[1, 20, 300], [4, 5, 600]], completionStarts: [0, 2])
    #expect(
      TokenPart(corpus).digest
        == "c72b4ee2a8b5ceba2689fc6f60332bf42575a8e4b7fc36db713bdb3015dc5e6b")
  }
}
