import Formats
import Foundation
package import Reporting

/// What splitting did: SPUNGE against the same method on all data at once, and against parts drawn at random.
///
/// The base models are the sample (`ReplicatedDifference`); p-values are Holm-corrected over all comparisons.
package struct Verdict: Sendable, Hashable {
  /// What SPUNGE is compared with.
  package enum Opponent: String, Sendable, Codable, CaseIterable {
    /// The method on all forget data at once.
    case pooled
    /// As many parts drawn at random, merged the same way.
    case random
  }

  /// One scenario, method and opponent, as measured.
  package struct Comparison: Sendable, Hashable, Codable {
    /// What is to be forgotten and how it is split, as a heading.
    package let scenario: String
    package let method: String
    package let opponent: Opponent
    /// What a share counts: `toxic completions`. The smaller it is, the more is forgotten.
    package let measure: String
    /// Base models with both variants.
    package let baseModels: [BaseModel]
    /// Numbers of the base models without one of them, because no setting qualified.
    package let leftOut: [Int]

    package init(
      scenario: String, method: String, opponent: Opponent, measure: String,
      baseModels: [BaseModel], leftOut: [Int] = []
    ) {
      self.scenario = scenario
      self.method = method
      self.opponent = opponent
      self.measure = measure
      self.baseModels = baseModels
      self.leftOut = leftOut
    }

    enum CodingKeys: String, CodingKey {
      case scenario, method, opponent, measure
      case baseModels = "base_models"
      case leftOut = "left_out"
    }

    /// Row of the split variant in tables.
    var variant: String { "SPUNGE-\(method)" }
    /// Row of the opponent in tables.
    var against: String { opponent == .pooled ? method : "random-\(method)" }
  }

  /// What one base model shows, shares in 0…1.
  package struct BaseModel: Sendable, Hashable, Codable {
    package let seed: Int
    package let spunge: Double
    package let opponent: Double
    /// Variance of `spunge` − `opponent` when prompts are drawn anew.
    package let variance: Double

    package init(seed: Int, spunge: Double, opponent: Double, variance: Double) {
      self.seed = seed
      self.spunge = spunge
      self.opponent = opponent
      self.variance = variance
    }
  }

  /// A comparison with what follows from it.
  package struct Finding: Sendable, Hashable {
    package let comparison: Comparison
    package let difference: ReplicatedDifference
    /// After Holm's correction; `nil` where there is no test.
    package let adjustedP: Double?

    /// Below this an adjusted p-value shows a difference.
    static let level = 0.05

    package var isShown: Bool { adjustedP.map { $0 < Self.level } ?? false }
  }

  package let findings: [Finding]

  /// - Parameter comparisons: those without a base model that has both variants are left out.
  package init(_ comparisons: [Comparison]) {
    let differences = comparisons.compactMap { comparison in
      ReplicatedDifference(
        comparison.baseModels.map {
          .init(difference: $0.spunge - $0.opponent, variance: $0.variance)
        }
      ).map { (comparison, $0) }
    }
    let tested = differences.indices.filter { differences[$0].1.pValue != nil }
    let adjusted = Dictionary(
      uniqueKeysWithValues: zip(tested, holm(tested.compactMap { differences[$0].1.pValue })))
    findings = differences.enumerated().map { place, found in
      Finding(comparison: found.0, difference: found.1, adjustedP: adjusted[place])
    }
  }
}

// MARK: File

extension Verdict: Codable {
  private enum CodingKeys: String, CodingKey { case schema, comparisons }
  private static let schema = 1

  /// Reads what was measured; all that follows from it is computed again.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let schema = try container.decode(Int.self, forKey: .schema)
    guard schema == Self.schema else {
      throw DecodingError.dataCorruptedError(
        forKey: .schema, in: container,
        debugDescription: "schema \(schema); this program knows schema \(Self.schema)")
    }
    self.init(try container.decode([Comparison].self, forKey: .comparisons))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.schema, forKey: .schema)
    try container.encode(findings, forKey: .comparisons)
  }

  /// The file `verdict.json`.
  package func json() throws -> String {
    try JSON.text(self)
  }
}

extension Verdict.Finding: Encodable {
  private enum CodingKeys: String, CodingKey {
    case difference, interval, p, test, detectable, sentence
    case standardError = "standard_error"
    case adjustedP = "p_holm"
  }

  package func encode(to encoder: any Encoder) throws {
    try comparison.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(difference.mean, forKey: .difference)
    try container.encode(difference.standardError, forKey: .standardError)
    try container.encode(
      difference.interval.map { [$0.lowerBound, $0.upperBound] }, forKey: .interval)
    try container.encode(difference.pValue, forKey: .p)
    try container.encode(adjustedP, forKey: .adjustedP)
    try container.encode(difference.test, forKey: .test)
    try container.encode(difference.detectable, forKey: .detectable)
    try container.encode(sentence, forKey: .sentence)
  }
}
