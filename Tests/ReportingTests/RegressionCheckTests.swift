import Evaluation
import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite struct RegressionCheckTests {
  /// A run of `arc` with these right answers out of twenty, and a perplexity.
  private struct Run {
    var right: Set<Int> = Set(0..<12)
    var perplexity: Double? = 20
    var version = "1.0"
    var fewShot = 0
    var digest = "p"

    var samples: [String: [SampleRecord]] {
      [
        "rmu": (0..<20).map { id in
          SampleRecord(
            task: "arc", documentID: id, target: "0",
            outcomes: [.init(metrics: ["acc": right.contains(id) ? 1 : 0])],
            promptDigest: "\(digest)\(id)")
        }
      ]
    }

    var records: [ScoreRecord] {
      [
        ScoreRecord(
          model: "rmu", task: "arc", metric: "acc", value: Double(right.count) / 20,
          standardError: 0.1, documents: 20, higherIsBetter: true, fewShot: fewShot,
          taskVersion: version),
        ScoreRecord(
          model: "rmu", task: "wiki", metric: "word_perplexity", value: perplexity,
          standardError: nil, documents: 3, higherIsBetter: false),
      ]
    }

    func baseline(_ rules: [String]) -> Baseline {
      Baseline(
        name: "tiny", records: records, samples: samples,
        tolerances: rules.compactMap { ToleranceRule($0) },
        provenance: .init(
          updated: Date(timeIntervalSince1970: 0), command: "", experiment: "seed: 1\na: 2\n",
          inputs: ["base m": "aa"], versions: ["openblas": "1"]))
    }
  }

  private func outcomes(_ run: Run, _ rules: [String]) -> [RegressionCheck.Outcome] {
    RegressionCheck(records: run.records, samples: run.samples, baseline: Run().baseline(rules))
      .rows.map(\.outcome)
  }

  @Test(arguments: [
    (11, 20.0, [], [RegressionCheck.Outcome.failed, .passed]),
    (12, 20.0, [], [.passed, .passed]),
    (13, 20.0, [], [.failed, .passed]),
    (13, 20.0, ["acc=worse:0"], [.passed, .passed]),
    (11, 20.0, ["acc=worse:0.04"], [.failed, .passed]),
    (11, 20.0, ["acc=0.06"], [.passed, .passed]),
    (11, 20.9, ["*=5%"], [.failed, .passed]),
    (11, 20.9, ["arc/acc=10%", "*=5%"], [.passed, .passed]),
    (12, 21.1, ["*=worse:5%"], [.passed, .failed]),
    (12, 10, ["*=worse:5%"], [.passed, .passed]),
    // Seven lost, none gained: p = 2/128 by McNemar; five lost: 2/32.
    (5, 20.0, ["arc/*=p<0.05"], [.failed, .passed]),
    (7, 20.0, ["a*c/acc=p<0.05"], [.passed, .passed]),
    (20, 20.0, ["*=p<0.05"], [.passed, .passed]),
  ])
  func tolerancesDecide(
    right: Int, perplexity: Double, rules: [String], expected: [RegressionCheck.Outcome]
  ) {
    #expect(
      outcomes(Run(right: Set(0..<right), perplexity: perplexity), rules) == expected)
  }

  @Test func otherQuestionsAreTestedUnpaired() throws {
    let run = Run(right: Set(0..<2), digest: "q")
    let check = RegressionCheck(
      records: run.records, samples: run.samples, baseline: Run().baseline(["arc/*=p<0.05"]))
    // −0.5 with standard errors 0.1 and 0.1.
    expectClose(try #require(check.rows[0].p), 0.000406952017, absolute: 1e-9)
    #expect(check.rows[0].message.contains("z, unpaired"))
    #expect(check.rows[0].fails)
  }

  @Test func whatCannotBeComparedFails() {
    #expect(outcomes(Run(perplexity: nil), ["*=p<0.5"]) == [.passed, .notANumber])
    #expect(outcomes(Run(perplexity: .nan), ["*=1000%"]) == [.passed, .notANumber])
    #expect(outcomes(Run(version: "2.0"), ["*=1000%"]) == [.incomparable, .passed])
    #expect(outcomes(Run(fewShot: 5), ["*=1000%"]) == [.incomparable, .passed])
    let none = Run(perplexity: nil).baseline([])
    let check = RegressionCheck(records: Run(perplexity: nil).records, samples: [:], baseline: none)
    #expect(check.passes)
    #expect(
      RegressionCheck(records: Run().records, samples: [:], baseline: none).failures.map(\.outcome)
        == [.incomparable])
  }

  @Test func missingAndNewRows() {
    var records = Run().records
    records[1].task = "other"
    let check = RegressionCheck(
      records: records, samples: Run().samples, baseline: Run().baseline([]))
    #expect(check.rows.map(\.outcome) == [.passed, .missing, .new])
    #expect(check.failures.count == 1)
    #expect(check.verdict == "tiny: regression (1 passed, 1 failed, 1 new)")
  }

  @Test func settingsInputsAndVersionsAreCompared() {
    let check = RegressionCheck(
      records: Run().records, samples: Run().samples, baseline: Run().baseline([]),
      provenance: .init(
        updated: Date(), command: "", experiment: "seed: 1\na: 3\n", inputs: ["base m": "bb"],
        versions: ["openblas": "2"]))
    #expect(check.passes)
    #expect(
      check.warnings == [
        "settings differ from the baseline's: a: 3; not a: 2",
        "base m is another file than the baseline's", "openblas is 2, was 1",
      ])
  }

  @Test func formatsEscapeAndCount() throws {
    var baseline = Run().baseline([])
    baseline.name = "a<b>&\"c\"\u{1}"
    baseline.scores[0].model = "r|m,u: 100%"
    let check = RegressionCheck(records: Run().records, samples: [:], baseline: baseline)
    #expect(check.rows.map(\.outcome) == [.missing, .passed, .new])
    let xml = try XMLCheck(check.junit)
    #expect(xml.elements["testcase"] == 3)
    #expect(xml.elements["failure"] == 1)
    #expect(xml.elements["skipped"] == 1)
    #expect(check.junit.contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""))
    #expect(
      check.workflowCommands.hasPrefix(
        "::error title=Regression%3A r|m%2Cu%3A 100%25 / arc·acc::missing: the run lacks this score"
      ))
    #expect(check.markdown.contains("r\\|m,u: 100%"))
    #expect(check.markdown.hasPrefix("## ❌ a\\<b>"))
  }

  @Test func filesKeepEverything() throws {
    let folder = try TemporaryFolder()
    let baseline = Run().baseline(["acc=5%", "*=p<0.01"])
    try folder.write("b.json", baseline.text)
    #expect(try Baseline.read("\(folder.path)/b.json") == baseline)
    #expect(baseline.scores[0].answers == "11111111111100000000")
    #expect(baseline.scores[1].answers == nil)
    try folder.write("c.json", baseline.text.replacing("\"schema\" : 1", with: "\"schema\" : 9"))
    #expect(throws: BaselineError.self) { try Baseline.read("\(folder.path)/c.json") }
    #expect(throws: BaselineError.self) { try Baseline.read("\(folder.path)/none.json") }
  }

  @Test(arguments: [
    "acc", "acc=", "acc=-1", "=1", "a/b/c=1", "acc=p<2", "acc=nan", "acc=x%", "/acc=1",
  ])
  func nonsenseIsNoRule(text: String) {
    #expect(ToleranceRule(text) == nil)
  }

  @Test(arguments: [
    ("arc_easy", "arc_*", true), ("arc", "arc_*", false), ("abc", "*", true), ("", "*", true),
    ("aba", "a*a", true), ("a", "a*a", false), ("abcd", "a*c*d", true), ("abcd", "a*d*c", false),
    ("abc", "abc", true), ("abcd", "abc", false),
  ])
  func patterns(text: String, pattern: String, matches: Bool) {
    #expect(ToleranceRule.matches(text, pattern) == matches)
  }
}

/// Counts the elements of an XML text whose tags are balanced.
private struct XMLCheck {
  let elements: [String: Int]

  init(_ text: String) throws {
    var counts: [String: Int] = [:]
    var open: [Substring] = []
    for tag in text.matches(of: /<([\/?]?)([a-zA-Z-]+)([^<>]*?)([\/?]?)>/) {
      if tag.output.1 == "?" { continue }
      if tag.output.1 == "/" {
        try #require(open.popLast() == tag.output.2)
        continue
      }
      counts[String(tag.output.2), default: 0] += 1
      if tag.output.4.isEmpty { open.append(tag.output.2) }
    }
    try #require(open.isEmpty)
    try #require(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    elements = counts
  }
}
