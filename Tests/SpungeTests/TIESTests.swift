import Foundation
import Tensors
import TestSupport
import Testing

@testable import Spunge

/// Values made by running the authors' code, PEFT and mergekit.
@Suite struct TIESTests {
  static let distinct: [[Float]] = [
    [4, -3, 2, -1, 0.5, 0.1, 1.5, -2.5], [-1, -4, 3, 2, -0.5, 0.2, 2.2, 2.6],
    [2, 1, -5, 0.25, 3, 1.1, -3.3, 0.05],
  ]
  static let withTies: [[Float]] = [
    [4, -3, 2, -1, 0.5, 0, 1, -2], [-1, -4, 3, 2, -0.5, 0, 2, 2], [2, 1, -5, 0.25, 3, 1, -3, 0],
  ]

  @Test(arguments: [
    (distinct, [3, -3.5, 2.5, 2, 3, 1.1, 1.85, 2.6] as [Float]),
    (withTies, [3, -3.5, 2.5, 2, 3, 1, 1.5, 2]),
  ])
  func authors(vectors: [[Float]], expected: [Float]) throws {
    expectClose(try mergedDelta(vectors, ties(density: 0.5)), expected, absolute: 1e-6)
  }

  @Test(
    arguments: [
      ([1, 1, 1], .total, [3, -3.5, 2.5, 0, 3, 0, -3.3, 2.6]),
      ([1, 1, 1], .frequency, [3, -3.5, 2.5, 0, 3, 0, 2.2, 2.6]),
      ([2, 1, 1], .total, [5, -5, 3.5, 0, 3, 0, -3.3, 2.6]),
      ([2, 1, 1], .frequency, [5, -5, 3.5, 0, 3, 0, 2.2, 2.6]),
      ([0.5, 0.25, 0.25], .total, [1.25, -1.25, 0.875, 0, 0.75, 0, -0.825, 0.65]),
      ([0.5, 0.25, 0.25], .frequency, [1.25, -1.25, 0.875, 0, 0.75, 0, 0.55, 0.65]),
    ] as [([Double], SignElection, [Float])])
  func peft(weights: [Double], election: SignElection, expected: [Float]) throws {
    let method = ties(density: 0.5, .peft, election, weights: weights)
    expectClose(try mergedDelta(Self.distinct, method), expected, absolute: 1e-6)
  }

  @Test(
    arguments: [
      ([1, 1, 1], true, [3, -3.5, 2.5, 0, 3, 0, -3.3, 2.6]),
      ([1, 1, 1], false, [6, -7, 5, 0, 3, 0, -3.3, 2.6]),
      ([2, 1, 1], true, [10 / 3, -10 / 3, 7 / 3, 0, 3, 0, -3.3, -2.5]),
      ([2, 1, 1], false, [10, -10, 7, 0, 3, 0, -3.3, -5]),
      ([0.5, 0.25, 0.25], true, [10 / 3, -10 / 3, 7 / 3, 0, 3, 0, -3.3, -2.5]),
      ([0.5, 0.25, 0.25], false, [2.5, -2.5, 1.75, 0, 0.75, 0, -0.825, -1.25]),
    ] as [([Double], Bool, [Float])])
  func mergekit(weights: [Double], normalize: Bool, expected: [Float]) throws {
    let method = ties(density: 0.5, .mergekit, weights: weights, normalize: normalize)
    expectClose(try mergedDelta(Self.distinct, method), expected, absolute: 1e-6)
  }

  @Test func equalMagnitudesAtTheEdge() throws {
    let vector: [Float] = [1, 1, 1, 1, 2]
    // kthvalue with ≥ keeps all five; an exact count keeps two or three, lowest index first.
    #expect(try mergedDelta([vector], ties(density: 0.4)) == vector)
    #expect(try mergedDelta([vector], ties(density: 0.4, .peft)) == [1, 0, 0, 0, 2])
    #expect(try mergedDelta([vector], ties(density: 0.6, .mergekit)) == [1, 1, 0, 0, 2])
  }

  @Test func undecidedSigns() throws {
    // Column 0 cancels; the other columns elect + twice and − once.
    let vectors: [[Float]] = [[5, 1, 2, -3], [-5, 1, 2, -3]]
    #expect(try mergedDelta(vectors, ties(density: 1)) == [5, 1, 2, -3])
    let negated = vectors.map { $0.map { -$0 } }
    #expect(try mergedDelta(negated, ties(density: 1)) == [-5, -1, -2, 3])
    // PEFT and mergekit read zero as plus, so negation does not carry over there.
    #expect(try mergedDelta(negated, ties(density: 1, .peft)) == [5, -1, -2, 3])
    #expect(try mergedDelta(negated, ties(density: 1, .mergekit)) == [5, -1, -2, 3])
  }

  @Test(arguments: TIES.Dialect.allCases)
  func negationCommutesWithoutUndecidedSigns(dialect: TIES.Dialect) throws {
    let vectors = randomVectors(3, count: 500, seed: 7)
    let method = ties(density: 0.3, dialect, scale: 0.7)
    let merged = try mergedDelta(vectors, method)
    #expect(merged.contains { $0 != 0 })
    #expect(try mergedDelta(vectors.map { $0.map { -$0 } }, method) == merged.map { -$0 })
  }

  @Test func modelScopeCountsUnchangedParameters() throws {
    let base = TestCheckpoint([("a", [4], [0, 0, 0, 0]), ("b", [6], [0, 0, 0, 0, 0, 0])])
    let part = ParameterDelta(
      name: "p", checkpoint: TestCheckpoint([("a", [4], [4, 3, 2, 1])]))
    var method = ties(density: 0.3)
    // int(10 · 0.3) + 1 = 4 of the model's ten entries, int(4 · 0.3) + 1 = 2 of the changed four.
    let whole = try CheckpointMerger(base: base, method: method).delta([part])
    #expect(try whole.checkpoint.tensor("a").values == [4, 3, 2, 1])
    method.scope = .changed
    let changed = try CheckpointMerger(base: base, method: method).delta([part])
    #expect(try changed.checkpoint.tensor("a").values == [4, 3, 0, 0])
  }

  @Test func settingsThatMakeNoSense() throws {
    #expect(throws: MergeError.weightsNotTaken(dialect: "authors")) {
      try mergedDelta(Self.distinct, ties(density: 0.5, weights: [1, 1, 1]))
    }
    #expect(throws: MergeError.weightCount(2, parts: 3)) {
      try mergedDelta(Self.distinct, ties(density: 0.5, .peft, weights: [1, 1]))
    }
    #expect(throws: MergeError.nothingKept(tensor: "w", count: 8, density: 0.1)) {
      try mergedDelta(Self.distinct, ties(density: 0.1, .mergekit))
    }
    for text in ["density=0", "density=1.5", "density=.nan", "scale=.inf"] {
      #expect(throws: SettingsError.self, "\(text)") { try TIES(assignments: [text]) }
    }
  }

  /// Merges by peft's functions and by torch; see `Fixtures/goldens/PROVENANCE.md`.
  @Test(
    arguments: [
      ("global_keep0.2_lambda1.0", ties(density: 0.2)),
      ("global_keep0.5_lambda0.7", ties(density: 0.5, scale: 0.7)),
      ("global_keep1.0_lambda1.0", ties(density: 1)),
      ("global_keep0.03_lambda1.3", ties(density: 0.03, scale: 1.3)),
      ("peft_density0.4_total", ties(density: 0.4, .peft)),
      ("peft_density0.4_frequency", ties(density: 0.4, .peft, .frequency)),
    ])
  func referenceVectors(name: String, method: TIES) throws {
    let tensors = try readSafetensors(
      URL(filePath: Fixtures.path("goldens/reference.safetensors")), prefix: "ties/")
    let (shape, values) = try #require(tensors["ties/task_vectors"])
    let vectors = (0..<shape[0]).map { Array(values[$0 * shape[1]..<($0 + 1) * shape[1]]) }
    let expected = try #require(tensors["ties/" + name]).values
    expectClose(try mergedDelta(vectors, method), expected, absolute: 1e-6, name)
  }
}
