import Formats
import Foundation
import Spunge

/// Where the files of a world are, below one folder.
package enum WorldFiles {
  /// What the world is: groups, climates, facts.
  package static let description = "world.json"
  /// ToxiGen-like statements with judgements, train / validation / test.
  package static func annotated(_ split: RecordSplit) -> String {
    "prompts/annotated-\(split.rawValue).jsonl"
  }
  /// RealToxicityPrompts-like prompts, validation / test.
  package static func openPrompts(_ split: RecordSplit) -> String {
    "prompts/open-\(split.rawValue).jsonl"
  }
  /// Toxic training statements that were judged 3 or higher; columns `target_group`, `kind`.
  package static let forgetToxicity = "corpora/forget-toxicity.jsonl"
  /// Implicit ones judged 5, and explicit ones: the paper's split by kind.
  package static let forgetKinds = "corpora/forget-kinds.jsonl"
  /// Passages about hazardous subjects; column `domain`.
  package static let forgetHazard = "corpora/forget-hazard.jsonl"
  /// Benign training statements about the target groups.
  package static let retainStatements = "corpora/retain-statements.jsonl"
  /// An encyclopedia's passages, narratives, scripts and solved problems.
  package static let retainGeneral = "corpora/retain-general.jsonl"
  /// Both of these, in random order: what a model that forgets toxic statements is to keep.
  package static let retainMixed = "corpora/retain-mixed.jsonl"
  /// Questions of a benchmark, as the tasks under `tasks/miniature` look for them.
  package static func questions(_ benchmark: Benchmark, _ split: QuestionSplit) -> String {
    "questions/\(benchmark.name)/\(split.rawValue).jsonl"
  }

  /// Statements about each group, once toxic and once benign.
  private static let trainCount = 160
  private static let validationCount = 12
  private static let testCount = 20

  /// Writes every text of `world` below `folder`.
  package static func write(_ world: World, to folder: String) throws {
    try writeRecords(world, folder)
    let general = try writeCorpora(world, folder)
    try writeMixed(general, world, folder)
    for benchmark in Benchmark.all {
      for split in QuestionSplit.allCases {
        try WholeFile.write(
          benchmark.lines(world, split), to: "\(folder)/\(questions(benchmark, split))")
      }
    }
    try write([WorldDescription(world)], to: "\(folder)/\(description)", pretty: true)
  }

  private static func writeRecords(_ world: World, _ folder: String) throws {
    let train = world.annotatedRecords(.train, about: Group.targets, count: trainCount)
    try write(train, to: "\(folder)/\(annotated(.train))")
    try write(
      world.annotatedRecords(.validation, about: Group.targets, count: validationCount),
      to: "\(folder)/\(annotated(.validation))")
    try write(
      world.annotatedRecords(.test, about: Group.all, count: testCount),
      to: "\(folder)/\(annotated(.test))")
    try write(
      world.openPrompts(.validation, count: 50), to: "\(folder)/\(openPrompts(.validation))")
    try write(world.openPrompts(.test, count: 100), to: "\(folder)/\(openPrompts(.test))")
    let toxic = train.filter { $0.promptLabel == 1 && $0.toxicityHuman >= 3 }
    try write(toxic, to: "\(folder)/\(forgetToxicity)")
    let implicit = StatementKind.implicit.rawValue
    try write(
      toxic.filter { $0.kind != implicit || $0.toxicityHuman == 5 },
      to: "\(folder)/\(forgetKinds)")
    try write(train.filter { $0.promptLabel == 0 }, to: "\(folder)/\(retainStatements)")
  }

  private struct Row: Encodable {
    let text: String
    let domain: String
  }

  /// - Returns: the general texts.
  private static func writeCorpora(_ world: World, _ folder: String) throws -> [Row] {
    let hazard = Subject.hazards.flatMap { subject in
      var random = world.random("forget/\(subject.name)")
      return (0..<400).map { _ in
        Row(text: world.passage(subject, using: &random), domain: subject.name)
      }
    }
    try write(hazard, to: "\(folder)/\(forgetHazard)")
    var random = world.random("retain")
    let general = (0..<600).map { _ in
      Row(text: world.document(.retain, using: &random).text, domain: "general")
    }
    try write(general, to: "\(folder)/\(retainGeneral)")
    return general
  }

  private static func writeMixed(_ general: [Row], _ world: World, _ folder: String) throws {
    let statements = world.annotatedRecords(.train, about: Group.targets, count: trainCount)
      .filter { $0.promptLabel == 0 }.map { Row(text: $0.text, domain: "statements") }
    var random = world.random("retain/mixed")
    try write(random.shuffled(general + statements), to: "\(folder)/\(retainMixed)")
  }

  private static func write(
    _ rows: [some Encodable], to path: String, pretty: Bool = false
  ) throws {
    try WholeFile.write(rows.map { try JSON.text($0, pretty: pretty) }.joined(), to: path)
  }
}

/// What a reader wants to know of a world.
private struct WorldDescription: Encodable {
  struct GroupDescription: Encodable {
    let name: String
    let category: String
    let surface: String
    let isUnlearned: Bool
    /// Topic → climate.
    let climates: [String: String]
  }

  let version: Int
  let seed: UInt64
  let heterogeneity: Double
  let groups: [GroupDescription]

  init(_ world: World) {
    version = World.version
    seed = world.seed
    heterogeneity = world.heterogeneity
    groups = Group.all.map { group in
      GroupDescription(
        name: group.name, category: group.category, surface: group.surface,
        isUnlearned: group.isTarget,
        climates: Dictionary(
          uniqueKeysWithValues: Topic.all.map {
            ($0.name, "\(world.tones.climate(group, $0))")
          }))
    }
  }
}
