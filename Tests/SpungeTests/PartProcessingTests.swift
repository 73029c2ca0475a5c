import Foundation
import Testing

@testable import Spunge

@Suite struct PartProcessingTests {
  /// Two domains, five and three documents, with a score each.
  private let documents: [ForgetDocument] = [
    ("a", 1.0), ("b", 5), ("a", 4), ("a", 4), ("b", 2), ("a", 3), ("b", 5), ("a", 5),
  ].enumerated().map { index, row in
    ForgetDocument(
      .text("t\(index)"), attributes: ["domain": row.0, "score": "\(row.1)"], file: "f.jsonl",
      line: index + 1)
  }

  private func split(_ change: (inout PartProcessing) -> Void, seed: UInt64 = 1) throws -> Split {
    var processing = PartProcessing()
    change(&processing)
    try processing.validate()
    var context = SplitContext(random: TestGenerator(state: seed))
    var splitter = ByAttribute()
    splitter.minimumDocuments = 1
    return try processing.split(documents, by: splitter, in: &context)
  }

  private func lines(_ split: Split) -> [[Int]] { split.parts.map { $0.documents.map(\.line) } }

  @Test func nothingByDefault() throws {
    let result = try split { _ in }
    #expect(lines(result) == [[1, 3, 4, 6, 8], [2, 5, 7]])
    #expect(result.dropped.isEmpty && result.retained.isEmpty)
  }

  @Test func thresholdOnAColumn() throws {
    let result = try split { ($0.thresholdColumn, $0.minimum, $0.maximum) = ("score", 2, 4.5) }
    #expect(lines(result) == [[3, 4, 6], [5]])
    #expect(result.dropped == ["'score' is outside 2.0 … 4.5": 4])
  }

  @Test func whatTheThresholdExcludesMayBeRetained() throws {
    let result = try split {
      ($0.thresholdColumn, $0.minimum, $0.retainExcluded) = ("score", 3, true)
    }
    #expect(lines(result) == [[2, 7], [3, 4, 6, 8]])
    #expect(result.retained.map(\.line) == [1, 5] && result.dropped.isEmpty)
  }

  /// Of equal scores the first ones stay; the corpus's order stays.
  @Test func topOfEachPart() throws {
    let result = try split { ($0.topColumn, $0.top) = ("score", 2) }
    #expect(lines(result) == [[3, 8], [2, 7]])
    #expect(result.dropped == ["not among the top 2 by 'score'": 4])
  }

  @Test func partsOfEqualSize() throws {
    let result = try split { $0.equalSize = true }
    #expect(result.parts.map(\.documents.count) == [3, 3])
    #expect(result.dropped == ["sampled to the smallest part's size": 2])
    for part in lines(result) { #expect(part == part.sorted()) }
    #expect(try split({ $0.equalSize = true }) == result)
    let others = try (2..<8).map { try split({ $0.equalSize = true }, seed: $0) }
    #expect(others.contains { $0 != result })
  }

  @Test func processingThatCannotBeDone() throws {
    #expect(
      throws: SplitError.missingAttribute(
        "size", file: "f.jsonl", line: 1, known: ["domain", "score"])
    ) { try split { $0.thresholdColumn = "size" } }
    #expect(
      throws: SplitError.notANumber("a", column: "domain", file: "f.jsonl", line: 1)
    ) { try split { ($0.topColumn, $0.top) = ("domain", 1) } }
    #expect(throws: SplitError.nothingLeft(column: "score", documents: 8)) {
      try split { ($0.thresholdColumn, $0.minimum) = ("score", 9) }
    }
    for settings in [["minimum=2", "maximum=1"], ["top=-1"], ["top=3"], ["retainExcluded=true"]] {
      #expect(throws: SettingsError.self) { try PartProcessing(assignments: settings) }
    }
    #expect(try PartProcessing(assignments: []) == PartProcessing())
  }
}
