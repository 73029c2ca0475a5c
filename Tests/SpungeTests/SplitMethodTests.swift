import Foundation
import TestSupport
import Testing

@testable import Spunge

/// Splitters that look at text, labels and embeddings.
@Suite struct SplitMethodTests {
  private func documents(_ texts: [String]) -> [ForgetDocument] {
    texts.enumerated().map {
      ForgetDocument(
        .text($1), attributes: ["title": "T\($0)"], file: "f.jsonl", line: $0 + 1)
    }
  }

  private func pattern(
    _ patterns: [(String, String)], column: String = "text",
    unmatched: ByPattern.Unmatched = .drop
  ) -> ByPattern {
    var splitter = ByPattern()
    splitter.patterns = patterns.map { .init(name: $0.0, pattern: $0.1) }
    splitter.column = column
    splitter.unmatched = unmatched
    splitter.minimumDocuments = 1
    return splitter
  }

  private func split(_ texts: [String], _ splitter: some Splitter) throws -> Split {
    var context = SplitContext(random: TestGenerator(state: 1))
    return try splitter.split(documents(texts), in: &context)
  }

  private let texts = ["A VIRUS spreads", "ports and sockets", "virus in a socket", "a poem"]

  @Test func theFirstPatternThatMatchesCounts() throws {
    let patterns = [("cyber", "sockets?\\b"), ("bio", "(?i)virus")]
    let result = try split(texts, pattern(patterns))
    #expect(result.parts.map(\.name) == ["cyber", "bio"])
    #expect(result.parts.map { $0.documents.map(\.line) } == [[2, 3], [1]])
    #expect(result.dropped == ["no pattern matches": 1])
    let withRest = try split(texts, pattern(patterns, unmatched: .part))
    #expect(withRest.parts.map(\.name) == ["cyber", "bio", "rest"] && withRest.dropped.isEmpty)
    #expect(throws: SplitError.noMatch(file: "f.jsonl", line: 4)) {
      try split(texts, pattern(patterns, unmatched: .error))
    }
    let byTitle = try split(texts, pattern([("low", "[01]$"), ("high", ".")], column: "title"))
    #expect(byTitle.parts.map { $0.documents.map(\.line) } == [[1, 2], [3, 4]])
  }

  @Test func patternsThatCannotBeUsed() throws {
    #expect(throws: SplitError.noPattern) { try split(texts, ByPattern()) }
    #expect(throws: SettingsError.self) {
      try ByPattern(assignments: ["patterns=[{name: a, pattern: '('}]"])
    }
    #expect(throws: SettingsError.self) {
      try ByPattern(assignments: ["patterns=[{name: a, pattern: b}, {name: a, pattern: c}]"])
    }
    let known = try ByPattern(assignments: ["patterns=[{name: a, pattern: 'b+'}]"])
    #expect(known.patterns == [.init(name: "a", pattern: "b+")])
    #expect(throws: SplitError.missingAttribute("year", file: "f.jsonl", line: 1, known: ["title"]))
    {
      try split(texts, pattern([("a", "b")], column: "year"))
    }
    var context = SplitContext(random: TestGenerator(state: 1))
    #expect(throws: SplitError.notText(file: "f", line: 3)) {
      try pattern([("a", "b")]).split([.init(.ids([1]), file: "f", line: 3)], in: &context)
    }
  }

  @Test func labelsComeFromTheContext() throws {
    var splitter = ByLabel()
    splitter.minimumDocuments = 1
    var context = SplitContext(random: TestGenerator(state: 1))
    #expect(throws: SplitError.noClassifier) { try splitter.split(documents(texts), in: &context) }
    context.labels = { $0.map { ($0.text?.count ?? 0) > 12 ? "long" : "short" } }
    let result = try splitter.split(documents(texts), in: &context)
    #expect(result.parts.map(\.name) == ["long", "short"])
    #expect(result.parts.map { $0.documents.map(\.line) } == [[1, 2, 3], [4]])
    splitter.labels = ["short", "middle"]
    #expect(
      throws: SplitError.unknownValue("middle", attribute: "label", known: ["long", "short"])
    ) { try splitter.split(documents(texts), in: &context) }
    context.labels = { _ in ["one"] }
    #expect(throws: SplitError.answerCount(1, of: "labels", documents: 4)) {
      try splitter.split(documents(texts), in: &context)
    }
  }

  private func kMeans(_ clusters: Int, normalize: Bool = false) -> KMeans {
    var splitter = KMeans()
    splitter.clusters = clusters
    splitter.normalize = normalize
    splitter.minimumDocuments = 1
    return splitter
  }

  /// Three clouds of points far from each other come apart, whatever the seed.
  @Test(arguments: 1...8)
  func cloudsAreFound(seed: UInt64) throws {
    var random = TestGenerator(state: 77)
    let points: [[Float]] = (0..<60).map { index in
      let centre: [Float] = [[10, 0, 0], [0, 10, 0], [0, 0, 10]][index % 3]
      return centre.map { $0 + Float.random(in: -1...1, using: &random) }
    }
    var context = SplitContext(
      random: TestGenerator(state: seed), embeddings: { _ in points })
    let texts = (0..<60).map { "t\($0)" }
    let result = try kMeans(3, normalize: seed % 2 == 0).split(documents(texts), in: &context)
    #expect(result.parts.map(\.name) == ["cluster-1", "cluster-2", "cluster-3"])
    let lines = result.parts.map { Set($0.documents.map(\.line)) }
    #expect(Set(lines) == Set((0..<3).map { rest in Set((1...60).filter { $0 % 3 == rest }) }))
  }

  /// At the end every point is nearest to the mean of its own cluster: Lloyd's fixed point.
  @Test func endsAtAFixedPoint() throws {
    var random = TestGenerator(state: 5)
    let points: [[Float]] = (0..<200).map { _ in
      (0..<4).map { _ in Float.random(in: -1...1, using: &random) }
    }
    var context = SplitContext(random: TestGenerator(state: 9))
    let clusters = try kMeans(6).assign(points, in: &context)
    #expect(Set(clusters) == Set(0..<6))
    let means = (0..<6).map { cluster -> [Double] in
      let members = points.indices.filter { clusters[$0] == cluster }
      return (0..<4).map { component in
        members.reduce(0) { $0 + Double(points[$1][component]) } / Double(members.count)
      }
    }
    for (point, cluster) in zip(points, clusters) {
      let distances = means.map { mean in
        zip(point, mean).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
      }
      #expect(distances[cluster] <= (distances.min() ?? 0) + 1e-9)
    }
    var again = SplitContext(random: TestGenerator(state: 9))
    #expect(try kMeans(6).assign(points, in: &again) == clusters)
  }

  @Test(arguments: [
    ([[1], [2], [3, 4], [5]] as [[Float]], "their lengths differ or are 0"),
    ([[1], [2], [.nan], [5]], "some components are not finite"),
    ([[1], [1], [1], [2]], "only 2 differ, fewer than clusters = 3"),
  ])
  func embeddingsThatCannotBeClustered(vectors: [[Float]], reason: String) throws {
    var context = SplitContext(random: TestGenerator(state: 1), embeddings: { _ in vectors })
    #expect(throws: SplitError.embeddings(reason: reason)) {
      try kMeans(3).split(documents(texts), in: &context)
    }
    var nothing = SplitContext(random: TestGenerator(state: 1))
    #expect(throws: SplitError.noModel) {
      try kMeans(3).split(documents(texts), in: &nothing)
    }
  }
}
