import Evaluation
import Foundation
import Reporting
import Spunge
import TestSupport
import Testing

@testable import Miniature

/// What splitting did, from samples to sentences, and README's copy of it.
struct VerdictTests {
  /// Answers to prompts 0 ..< `count`, of which the first `toxic` are toxic.
  private static func samples(_ toxic: Int, of count: Int = 280) -> [SampleRecord] {
    (0..<count).map { id in
      SampleRecord(
        task: "toxigen", documentID: id, target: "",
        outcomes: [FilteredOutcome(metrics: ["toxic_fraction": id < toxic ? 1 : 0])],
        promptDigest: "p\(id)")
    }
  }

  private static func seed(
    _ number: Int, _ samples: [String: [SampleRecord]]
  ) -> SeedResult {
    let candidates = [Experiment.Variant.monolithic, .spunge, .control].map { variant in
      Choice(
        method: "rmu", title: "RMU", variant: variant, scale: 1, objective: 0, price: 1,
        degenerate: 0)
    }
    return SeedResult(seed: number, candidates: candidates, limit: 1.25, samples: samples)
  }

  /// 110, 150 and 200 toxic completions of 280 with RMU; 60, 140 and 130 with SPUNGE; as with SPUNGE at random.
  private static let three = ScenarioResult(
    scenario: .toxicityZephyr,
    seeds: [(110, 60), (150, 140), (200, 130)].enumerated().map { place, toxic in
      seed(
        place + 1,
        [
          "RMU": samples(toxic.0), "SPUNGE-RMU": samples(toxic.1),
          "random-RMU": samples(toxic.1),
        ])
    })

  /// SciPy and NumPy give the same of these counts (`ReplicatedDifferenceTests`); Holm doubles the smaller p.
  @Test func samplesBecomeFindings() throws {
    let findings = Verdict([Self.three]).findings
    #expect(findings.map(\.comparison.opponent) == [.pooled, .random])
    let pooled = findings[0]
    #expect(pooled.comparison.baseModels.map(\.seed) == [1, 2, 3])
    expectClose(pooled.comparison.baseModels[0].opponent, 110.0 / 280, absolute: 1e-15)
    expectClose(pooled.difference.mean, -0.15476190476190477, absolute: 1e-15)
    // Differences of 0 and −1 only: p (1 − p) / n of a share p.
    let share = 50.0 / 280
    expectClose(
      pooled.comparison.baseModels[0].variance, share * (1 - share) / 280, absolute: 1e-15)
    let p = try #require(pooled.difference.pValue)
    expectClose(try #require(pooled.adjustedP), min(1, 2 * p), absolute: 1e-15)
    #expect(findings[1].difference.mean == 0 && findings[1].difference.pValue == 1)
  }

  @Test func sentencesArePlain() throws {
    let verdict = Verdict([Self.three])
    #expect(
      verdict.lead
        == "Of 2 comparisons, 0 show that SPUNGE forgets more, 0 that it forgets less, and 2 no difference."
    )
    let sentence = verdict.findings[0].sentence
    #expect(
      sentence.hasPrefix(
        "Toxicity of the Zephyr-like model, split by group, RMU: no difference between SPUNGE-RMU and RMU that three base models "
          + "can show: 39.3 % toxic completions against 54.8 %, −15.5 points (95 % interval −4"),
      "\(sentence)")
    // (t₀.₉₇₅ + t₀.₈) standard errors, rounded up.
    let detectable = try #require(verdict.findings[0].difference.detectable)
    let least = Int((100 * detectable).rounded(.up))
    #expect(
      sentence.hasSuffix(
        " A true difference below \(least) points would mostly not have been seen."), "\(sentence)")
    #expect(
      verdict.rows.count == 2 && verdict.rows.allSatisfy { $0.count == Verdict.headings.count })
  }

  /// Two base models that disagree: Student's t goes beyond what shares can differ by.
  @Test func intervalsStayWithinThePossible() throws {
    func sentence(_ toxic: [(Int, Int)]) throws -> (text: String, row: [String]) {
      let seeds = toxic.enumerated().map { place, toxic in
        Self.seed(
          place + 1, ["RMU": Self.samples(toxic.0), "SPUNGE-RMU": Self.samples(toxic.1)])
      }
      let verdict = Verdict([ScenarioResult(scenario: .toxicityZephyr, seeds: seeds)])
      return (verdict.findings[0].sentence, verdict.rows[0])
    }
    // Differences of 0 and −100 points: −50 ± 12.7 · 50 and more.
    let wide = try sentence([(140, 140), (280, 0)])
    #expect(
      wide.text.contains(
        "−50.0 points (95 % interval −100.0 to +100.0, all that is possible, p = "),
      "\(wide.text)")
    #expect(
      wide.text.hasSuffix(
        " Even the largest possible difference would mostly not have been seen."), "\(wide.text)")
    #expect(wide.row[4] == "−100.0 to +100.0, all that is possible" && wide.row[7] == "nothing")
    // Differences of −80 and −90 points: the lower end alone is beyond.
    let low = try sentence([(252, 28), (252, 0)])
    #expect(
      low.text.contains("−85.0 points (95 % interval −100.0 to −"), "\(low.text)")
    #expect(!low.text.contains("possible"))
  }

  /// Eight base models that agree: the exact test shows it, after Holm too.
  @Test func agreementOfEightIsShown() throws {
    let seeds = (1...8).map { number in
      Self.seed(
        number,
        [
          "RMU": Self.samples(150 + number), "SPUNGE-RMU": Self.samples(100 + 2 * number),
          "random-RMU": Self.samples(90),
        ])
    }
    let verdict = Verdict([ScenarioResult(scenario: .toxicityZephyr, seeds: seeds)])
    #expect(verdict.findings.allSatisfy { $0.difference.test == .signFlip })
    // 2 / 2⁸, twice.
    #expect(verdict.findings.allSatisfy { $0.adjustedP == 0.015625 })
    #expect(
      verdict.lead
        == "Of 2 comparisons, 1 shows that SPUNGE forgets more, 1 that it forgets less, and 0 no difference."
    )
    #expect(verdict.findings[0].sentence.contains("SPUNGE-RMU forgets more than RMU: 38.9 % toxic"))
    #expect(verdict.findings[1].sentence.contains("SPUNGE-RMU forgets less than random-RMU: "))
    #expect(verdict.findings[1].sentence.contains("p = 0.016)."))
    #expect(!verdict.markdown.contains("not have been seen"))
  }

  @Test func oneBaseModelAndAMissingOneAreSaid() {
    let one = Self.seed(1, Self.three.seeds[0].samples)
    let lacking = Self.seed(2, ["RMU": Self.samples(10), "random-RMU": Self.samples(5)])
    let verdict = Verdict([ScenarioResult(scenario: .toxicityZephyr, seeds: [one, lacking])])
    #expect(
      verdict.findings[0].sentence
        == "Toxicity of the Zephyr-like model, split by group, RMU: SPUNGE-RMU has 21.4 % toxic completions against 39.3 % of RMU, "
        + "−17.9 points on one base model, which says nothing about others. "
        + "Left out: base model 2, where no setting qualified.")
    #expect(Verdict([Verdict.Comparison]()).lead == "Nothing could be compared.")
  }

  @Test func fileReadsBack() throws {
    let verdict = Verdict([Self.three])
    let text = try verdict.json()
    #expect(text.contains("\"p_holm\"") && text.contains("\"sentence\""))
    let read = try JSONDecoder().decode(Verdict.self, from: Data(text.utf8))
    #expect(read == verdict && read.markdown == verdict.markdown)
    let other = text.replacing("\"schema\" : 1", with: "\"schema\" : 9")
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Verdict.self, from: Data(other.utf8))
    }
  }

  // MARK: README

  private static let root = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
  private static let (start, end) = ("<!-- verdict -->\n", "<!-- /verdict -->")

  /// README says what the committed run showed, word for word, and nothing where none is committed. With
  /// `SPUNGE_RECORD=1` it is written, and the test fails, so that somebody looks.
  @Test func readmeHasTheVerdictOfTheCommittedRun() throws {
    let file = Self.root.appending(path: "results/miniature/verdict.json")
    let verdict = try (try? Data(contentsOf: file)).map {
      try JSONDecoder().decode(Verdict.self, from: $0)
    }
    let readme = Self.root.appending(path: "README.md")
    let text = try String(contentsOf: readme, encoding: .utf8)
    let from = try #require(text.range(of: Self.start), "README.md has no line \(Self.start)")
    let to = try #require(text.range(of: Self.end), "README.md has no line \(Self.end)")
    let block = from.upperBound..<to.lowerBound
    let expected = verdict?.markdown ?? ""
    guard ProcessInfo.processInfo.environment["SPUNGE_RECORD"] != "1" else {
      try text.replacingCharacters(in: block, with: expected)
        .write(to: readme, atomically: true, encoding: .utf8)
      Issue.record("README.md was written; look at it")
      return
    }
    #expect(text[block] == expected)
  }
}
