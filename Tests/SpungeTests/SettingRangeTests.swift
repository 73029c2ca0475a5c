import Evaluation
import LanguageModels
import Tensors
import TestSupport
import Testing
import Yams

@testable import Spunge

@Suite struct SettingRangeTests {
  /// Every number of every method is in a declared range, lists and settings inside settings included.
  @Test func everyNumberHasARange() throws {
    var all: [any Settings] = [CompletionRecipe(), PartProcessing()]
    for name in unlearningMethods.names { all.append(try unlearningMethods.method(name)) }
    for name in mergeMethods.names { all.append(try mergeMethods.method(name)) }
    for name in splitters.names { all.append(try splitters.method(name)) }
    var count = 0
    func check(_ settings: any Settings) {
      for (label, value) in Mirror(reflecting: settings).children {
        guard let label else { continue }
        if let inner = value as? any Settings { check(inner) }
        // An empty list of texts would count as a list of numbers too.
        let kinds: [Any.Type] = [Int.self, Double.self, [Int].self, [Double].self]
        guard kinds.contains(where: { $0 == type(of: value) }) else { continue }
        count += 1
        #expect(type(of: settings).ranges[label] != nil, "\(type(of: settings)).\(label)")
      }
    }
    for method in all { check(method) }
    #expect(count > 100)
  }

  @Test(arguments: [
    "training.rank=9223372036854775807", "training.batchSize=4611686018427387904",
    "training.accumulation=-1", "training.epochs=0", "training.learningRate=.nan",
    "training.learningRate=.inf", "training.weightDecay=-1", "training.maximumTokens=1",
    "retain.layer=9223372036854775807", "beta=0", "training.warmupShare=1.5",
  ])
  func outsideOfTheRange(assignment: String) throws {
    let error = try #require(throws: SettingsError.self) {
      try unlearningMethods.method("npo", assignments: [assignment])
    }
    let parts = assignment.split(separator: "=")
    #expect(error.description.contains("setting '\(parts[0])' is "), "\(error)")
    #expect(error.description.contains("it must be "), "\(error)")
  }

  @Test(arguments: [
    "layer=9223372036854775807", "epochs=9223372036854775807", "forgetTokens=[4, 0]",
  ])
  func numbersOfRMU(assignment: String) throws {
    let error = try #require(throws: SettingsError.self) {
      try unlearningMethods.method("rmu", assignments: [assignment])
    }
    #expect(error.description.contains("'\(assignment.prefix { $0 != "=" })'"), "\(error)")
  }

  /// All of them at once.
  @Test func everyProblemIsTold() throws {
    let error = try #require(throws: SettingsError.self) {
      try unlearningMethods.method(
        "gradient_ascent", assignments: ["training.rank=0", "training.epochs=0"])
    }
    #expect(error.problems.count == 2)
  }

  @Test func rangesReadAsTheyAreMeant() {
    #expect(SettingRange.from(1, to: 65_536).description == "from 1 to 65536")
    #expect(SettingRange.above(0, to: 1).description == "above 0 and at most 1")
    #expect(SettingRange.from(0, below: 1).description == "from 0 and below 1")
    #expect(!SettingRange.any.contains(.nan) && SettingRange.any.contains(.infinity))
    #expect(
      !SettingRange.from(0, below: 1).contains(1) && !SettingRange.above(0, to: 1).contains(0))
  }

  /// The largest settings that are allowed do not overflow, and a plan of them comes soon.
  @Test func theLargestSettingsCanBePlanned() throws {
    let method = try unlearningMethods.method(
      "rmu",
      assignments: ["epochs=1000000", "maximumBatches=1000000000", "layer=3", "trainedLayers=[3]"])
    let model = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    let corpus = TokenCorpus(name: "a", rows: Array(repeating: [1, 2, 3], count: 50_000))
    let job = UnlearningJob(
      name: "a", configuration: model.configuration, base: model.checkpoint, forget: [corpus],
      retain: [corpus], random: RandomSource(seed: 1))
    let program = try #require(try method.plan(job).program)
    #expect(program.steps == 12_500_000_000 && program.tokens == 300_000_000_000)
    #expect(program.operations(model.configuration).isFinite)
    #expect(plannedTotal(steps: 1_000_000_000) { _ in 7 } == 7_000_000_000)
    #expect(plannedTotal(steps: 1_000_000_000_000_000) { _ in 1 << 40 } == 1_000_000_000_000_000)
    #expect(plannedTotal(steps: 3) { $0 } == 3)
  }

  /// Nine lines that stand for a billion values.
  @Test func aliasesAreCounted() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<9 {
      let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(items)]\n"
    }
    let error = try #require(throws: ExperimentError.self) {
      try ExperimentFile(path: "bomb.yaml", text: text)
    }
    #expect(error.description.contains("bomb.yaml") && error.description.contains("aliases"))
  }

  @Test func longAndControlCharactersAreShortened() throws {
    let long = String(repeating: "x", count: 20_000)
    for assignment in ["\(long)=1", "beta=\(long)", "beta=\"\\e[31m\"", long] {
      let error = try #require(throws: SettingsError.self) {
        try unlearningMethods.method("npo", assignments: [assignment])
      }
      #expect(error.description.count < 2000, "\(assignment.prefix(20))")
      #expect(!error.description.contains("\u{1b}"))
    }
  }
}
