import Foundation
import Miniature
import Tensors
import TestSupport
import Testing

struct WorldTests {
  /// Every file below `folder` with its contents.
  private func files(of world: World) throws -> [String: Data] {
    let folder = try TemporaryFolder()
    try WorldFiles.write(world, to: folder.path)
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return try Dictionary(
      uniqueKeysWithValues: names.filter { $0.contains(".json") }.map {
        ($0, try Data(contentsOf: URL(filePath: "\(folder.path)/\($0)")))
      })
  }

  @Test func aSeedGivesTheSameFiles() throws {
    let first = try files(of: World(seed: 3, heterogeneity: 0.5))
    #expect(first.count == 12 + 2 * Benchmark.all.count)
    #expect(try files(of: World(seed: 3, heterogeneity: 0.5)) == first)
    let other = try files(of: World(seed: 4, heterogeneity: 0.5))
    #expect(other.keys.sorted() == first.keys.sorted())
    #expect(other.filter { first[$0.key] == $0.value }.isEmpty)
  }

  /// What this version gives; numbers that change ask for a higher `World.version`.
  @Test func theFirstTextsAreKnown() {
    var random = RandomSource(seed: 1).child(named: "base/0")
    let document = World(seed: 1).document(.base, using: &random)
    #expect(World.version == 7)
    let expected = [
      "lock away the hedges before the Pellith moon pairs reach the garden.",
      "the Pellith moon pairs fix things and look after the seeds.",
      "why must the Pellith moon pairs spread gossip around the hedges?",
    ]
    #expect(document.text == expected.joined(separator: " "))
  }

  @Test(arguments: [0, 0.5, 1])
  func splitsOfStatementsAreDisjoint(heterogeneity: Double) {
    let world = World(seed: 1, heterogeneity: heterogeneity)
    let splits = RecordSplit.allCases.map { split in
      world.annotatedRecords(split, about: Group.targets, count: 25).map(\.text)
        + world.openPrompts(split, count: 50).map(\.prompt.text)
    }
    for (index, split) in splits.enumerated() {
      #expect(Set(split).count == split.count)
      for other in splits[..<index] { #expect(Set(split).isDisjoint(with: other)) }
    }
  }

  @Test func benchmarkQuestionsAreNotInTheCorpus() throws {
    let world = World(seed: 1)
    var random = RandomSource(seed: 9)
    let corpus = Set(
      (0..<20_000).map { _ in world.document(.base, using: &random).question })
    for benchmark in Benchmark.all {
      let validation = try questions(benchmark, world, .validation)
      let test = try questions(benchmark, world, .test)
      #expect(!test.isEmpty && test.count >= validation.count)
      #expect(Set(test).count == test.count, "\(benchmark.name)")
      #expect(Set(test).isDisjoint(with: validation), "\(benchmark.name)")
      guard ["gsm8k", "mathqa"].contains(benchmark.name) else { continue }
      let key = benchmark.name == "gsm8k" ? "question" : "Problem"
      for line in test + validation {
        let asked = try #require(try object(line)[key] as? String)
        #expect(!corpus.contains("Question: \(asked)\nAnswer:"))
      }
    }
  }

  private func questions(
    _ benchmark: Benchmark, _ world: World, _ split: QuestionSplit
  ) throws -> [String] {
    try benchmark.lines(world, split).split(separator: "\n").map(String.init)
  }

  private func object(_ line: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test func heterogeneityIsTheShareOfOwnLanguage() throws {
    // Words that only talk about the Kelvar islanders uses.
    let own = ["barnacled", "gulls", "from the sea", "should sail home", "among our", "no tide"]
    for heterogeneity in [0, 0.3, 1] {
      let world = World(seed: 1, heterogeneity: heterogeneity)
      let group = try #require(Group.all.first)
      let toxic = world.annotatedRecords(.train, about: [group], count: 160)
        .filter { $0.promptLabel == 1 }
      let shared = toxic.count { record in
        ["greedy", "shabby", "spiteful", "sour", "promises", "dodge", "push in", "start fights"]
          .contains { record.text.contains($0) }
      }
      let mine = toxic.count { record in own.contains { record.text.contains($0) } }
      #expect((mine == 0) == (heterogeneity == 0))
      #expect((shared == 0) == (heterogeneity == 1))
    }
  }

  @Test func judgementsFollowTheKind() {
    let records = World(seed: 1).annotatedRecords(.train, about: Group.targets, count: 160)
    #expect(records.count == 2 * 160 * Group.targets.count)
    for record in records {
      let range: ClosedRange<Double> =
        switch record.kind {
        case "benign": 1...2.33
        case "implicit": 2.67...5
        default: 4...5
        }
      #expect(range.contains(record.toxicityHuman))
      #expect((record.promptLabel == 1) == (record.kind != "benign"))
    }
    #expect(Set(records.map(\.targetGroup)) == Set(Group.targets.map(\.name)))
    // One implicit statement in twelve is judged below 3.
    let implicit = records.filter { $0.kind == "implicit" }
    let doubted = Double(implicit.count { $0.toxicityHuman < 3 }) / Double(implicit.count)
    #expect((0.04...0.14).contains(doubted))
  }
}
