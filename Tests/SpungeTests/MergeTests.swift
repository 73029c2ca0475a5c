import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@testable import Spunge

@Suite struct MergeTests {
  /// Every method, set so that one part is taken over whole.
  static let methods: [any MergeMethod] =
    TIES.Dialect.allCases.map { ties(density: 1, $0) }
    + [TaskArithmetic(), Average(), dare(density: 1), dareTIES(density: 1), NegMerge()]
    + [breadcrumbs(density: 1), della(density: 1), SCE()]
  static let trimming: [any MergeMethod] =
    TIES.Dialect.allCases.map { ties(density: 0.4, $0) }
    + [dare(density: 0.3), dareTIES(density: 0.3), negMerge(density: 0.4)]
    + [breadcrumbs(density: 0.4), della(density: 0.4), sce(selection: 0.4)]
  /// Methods that take two parts only.
  static let pairs: [any MergeMethod] = SLERP.Vectors.allCases.map { slerp(0.5, $0) }
  /// Methods that take two parts or more.
  static let several: [any MergeMethod] = [false, true].map { modelStock(rowWise: $0) }
  /// Methods that look at singular directions, which even one part does not leave as they are.
  static let spectral: [any MergeMethod] = [KnOTS(), TSVM(), IsoC(), IsoCTS()]

  @Test func everyMethodIsTested() {
    let tested = Self.methods + Self.pairs + Self.several + Self.spectral
    #expect(Set(tested.map(\.card.name)) == Set(mergeMethods.names))
  }

  @Test(arguments: methods)
  func onePartGivesBasePlusDelta(method: any MergeMethod) throws {
    let vectors = randomVectors(2, count: 300, seed: 1)
    let base = TestCheckpoint([("w", [20, 15], vectors[0]), ("v", [2], [1, 2])])
    let delta = ParameterDelta(
      name: "p", checkpoint: TestCheckpoint([("w", [20, 15], vectors[1])]))
    let merged = try CheckpointMerger(base: base, method: method).merge([delta])
    #expect(merged.tensors.map(\.name) == ["w", "v"])
    #expect(merged.changed.map(\.name) == ["w"])
    #expect(try merged.tensor("w").values == zip(vectors[0], vectors[1]).map { $0 + $1 })
    #expect(try merged.tensor("v").values == [1, 2])
    // A read of some rows is a part of the whole.
    let some = Tensor([3, 15])
    try merged.read("w", rows: 4..<7, into: some.elements)
    #expect(some.values == Array(try merged.tensor("w").values[60..<105]))
  }

  @Test(arguments: pairs + several)
  func aPairOfOnePartGivesBasePlusDelta(method: any MergeMethod) throws {
    let vectors = randomVectors(2, count: 300, seed: 1)
    let merger = CheckpointMerger(base: TestCheckpoint(vectors[0]), method: method)
    let merged = try merger.merge(parts([vectors[1], vectors[1]])).tensor("w").values
    expectClose(merged, zip(vectors[0], vectors[1]).map { $0 + $1 }, absolute: 1e-6)
    let error = #expect(throws: MergeError.self) { try merger.merge(parts([vectors[1]])) }
    let needed = method is SLERP ? "merges 2 parts" : "merges at least 2 parts"
    #expect(
      error?.description == "\(method.card.title) \(needed) and was given 1; choose another method")
  }

  @Test(arguments: pairs + several)
  func orderOfAPairDoesNotMatterInTheMiddle(method: any MergeMethod) throws {
    let vectors = randomVectors(2, count: 400, seed: 3)
    expectClose(
      try mergedDelta(vectors, method), try mergedDelta(vectors.reversed(), method),
      absolute: 1e-6)
  }

  @Test(arguments: methods + trimming + pairs + several + spectral)
  func zeroDeltasGiveBase(method: any MergeMethod) throws {
    let vector = randomVectors(1, count: 50, seed: 2)[0]
    let zero = [Float](repeating: 0, count: 50)
    let merger = CheckpointMerger(base: TestCheckpoint(vector), method: method)
    #expect(try merger.merge(parts([zero, zero])).tensor("w").values == vector)
    let nothing = ParameterDelta(name: "none", checkpoint: TestCheckpoint.empty)
    #expect(try merger.merge([nothing, nothing]).tensor("w").values == vector)
  }

  @Test(arguments: methods + trimming + several)
  func orderOfPartsDoesNotMatter(method: any MergeMethod) throws {
    let vectors = randomVectors(3, count: 400, seed: 3)
    let merged = try mergedDelta(vectors, method)
    for order in [[2, 0, 1], [1, 0, 2]] {
      // Parts keep their names: random methods draw by them.
      let turned = order.map { parts(vectors)[$0] }
      let base = TestCheckpoint([Float](repeating: 0, count: 400))
      let delta = try CheckpointMerger(base: base, method: method).delta(turned)
      #expect(try delta.checkpoint.tensor("w").values == merged)
    }
  }

  @Test func sumsAndMeans() throws {
    var sum = TaskArithmetic()
    #expect(try mergedDelta([[1, -2], [3, 4]], sum) == [4, 2])
    (sum.scale, sum.weights) = (0.5, [2, -1])
    #expect(try mergedDelta([[1, -2], [3, 4]], sum) == [-0.5, -4])
    #expect(try mergedDelta([[1, -2], [3, 4]], Average()) == [2, 1])
  }

  /// The order matters only where plus and minus are treated differently.
  @Test func orderOfNegation() throws {
    let base = TestCheckpoint([0, 0, 0])
    // The first column cancels: PEFT's dialect elects plus.
    let deltas = parts([[5, 1, 2], [-5, 3, 2]])
    func merged(_ method: any MergeMethod, _ order: NegationOrder) throws -> [Float] {
      try CheckpointMerger(base: base, method: method, order: order).delta(deltas)
        .checkpoint.tensor("w").values
    }
    #expect(try merged(ties(density: 1, .peft), .negateThenMerge) == [5, 2, 2])
    #expect(try merged(ties(density: 1, .peft), .mergeThenNegate) == [-5, 2, 2])
    for method in [Average(), ties(density: 1), NegMerge()] as [any MergeMethod] {
      #expect(
        try merged(method, .negateThenMerge) == (try merged(method, .mergeThenNegate)))
    }
  }

  /// Low-rank parts merge as the dense differences they stand for.
  @Test(arguments: methods + trimming + several + spectral)
  func lowRankPartsAreDenseOnes(method: any MergeMethod) throws {
    let vectors = randomVectors(6, count: 40, seed: 8)
    let base = TestCheckpoint([("w", [10, 10], [Float](repeating: 1, count: 100))])
    let lowRank = try (0..<3).map { part in
      let factors = TestCheckpoint([
        ("a", [4, 10], vectors[2 * part]), ("b", [10, 4], vectors[2 * part + 1]),
      ])
      return ParameterDelta(
        name: "part\(part)",
        checkpoint: try LowRankCheckpoint(
          factors: factors, products: [.init(name: "w", down: "a", up: "b", scale: -2)]))
    }
    let dense = try lowRank.map { part in
      let values = try part.checkpoint.tensor("w").values
      return ParameterDelta(
        name: part.name, checkpoint: TestCheckpoint([("w", [10, 10], values)]))
    }
    let merger = CheckpointMerger(base: base, method: method)
    let merged = try merger.merge(lowRank).tensor("w")
    #expect(merged.values == (try merger.merge(dense).tensor("w").values))
  }

  @Test func aMissingTensorCountsAsZero() throws {
    let base = TestCheckpoint([("a", [2], [1, 1]), ("b", [2], [1, 1])])
    let first = ParameterDelta(name: "x", checkpoint: TestCheckpoint([("a", [2], [2, 4])]))
    let second = ParameterDelta(name: "y", checkpoint: TestCheckpoint([("b", [2], [6, 8])]))
    let merged = try CheckpointMerger(base: base, method: Average()).merge([first, second])
    #expect(try merged.tensor("a").values == [2, 3])
    #expect(try merged.tensor("b").values == [4, 5])
  }

  @Test func partsThatDoNotFit() throws {
    let merger = CheckpointMerger(base: TestCheckpoint([1, 2, 3]), method: TIES())
    #expect(throws: MergeError.noParts) { try merger.merge([]) }
    #expect(throws: MergeError.wrongShape("w", part: "part1", shape: [2], base: [3])) {
      try merger.merge(parts([[1, 2, 3], [1, 2]]))
    }
    let foreign = ParameterDelta(name: "p", checkpoint: TestCheckpoint([("z", [1], [1])]))
    #expect(throws: MergeError.unknownTensor("z", part: "p")) { try merger.merge([foreign]) }
  }

  @Test(
    arguments: methods + trimming + pairs + several + spectral, [Float.nan, .infinity, -.infinity])
  func nothingNotFiniteIsMerged(method: any MergeMethod, value: Float) throws {
    let merger = CheckpointMerger(base: TestCheckpoint([1, 2, 3]), method: method)
    let error = #expect(throws: MergeError.self) {
      try merger.merge(parts([[1, 2, 3], [1, 2, value]])).checkAllFinite()
    }
    #expect(error?.description.contains("part 'part1': element 2 of tensor 'w'") == true)
  }

  @Test func overflowOfTheSumIsFound() throws {
    let large = Float.greatestFiniteMagnitude
    let merger = CheckpointMerger(base: TestCheckpoint([0, large]), method: Average())
    #expect(
      throws: MergeError.notFinite(
        tensor: "w", index: 1, value: .infinity, part: "base + average")
    ) { try merger.merge(parts([[0, large]])).checkAllFinite() }
  }

  /// `merge` writes without looking first: what is not finite is met while writing, and nothing is left behind.
  @Test func overflowLeavesNoModel() throws {
    let folder = try TemporaryFolder()
    let base = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    let gain = try base.checkpoint.tensor(DecoderNames.finalNorm)
    gain.fill(.greatestFiniteMagnitude)
    let parts = ["a", "b"].map {
      ParameterDelta(name: $0, checkpoint: MemoryCheckpoint([(DecoderNames.finalNorm, gain)]))
    }
    let sum = try CheckpointMerger(base: base.checkpoint, method: TaskArithmetic()).merge(parts)
    #expect(throws: MergeError.self) {
      try ModelWriter.write(sum, like: base, to: "\(folder.path)/model")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func differencesOfCheckpoints() throws {
    let base = TestCheckpoint([("a", [2, 2], [1, 2, 3, 4]), ("b", [2], [5, 6])])
    let tuned = TestCheckpoint([("a", [2, 2], [1, 2.5, 3, 3]), ("b", [2], [5, 6])])
    let delta = try ParameterDelta(name: "tuned", base: base, tuned: tuned)
    #expect(delta.checkpoint.tensors.map(\.name) == ["a"])
    #expect(try delta.checkpoint.tensor("a").values == [0, 0.5, 0, -1])
    let row = Tensor([1, 2])
    try delta.checkpoint.read("a", rows: 1..<2, into: row.elements)
    #expect(row.values == [0, -1])
    #expect(throws: MergeError.wrongShape("b", part: "t", shape: [1], base: [2])) {
      try ParameterDelta(name: "t", base: base, tuned: TestCheckpoint([("b", [1], [5])]))
    }
  }

  @Test func tensorsLargerThanAStretch() throws {
    let count = 300_000
    let vectors = randomVectors(2, count: count, seed: 4)
    let rows = [150_000, 2]
    let base = TestCheckpoint([("w", rows, [Float](repeating: 0, count: count))])
    let deltas = vectors.map {
      ParameterDelta(name: "p", checkpoint: TestCheckpoint([("w", rows, $0)]))
    }
    let merged = try CheckpointMerger(base: base, method: ties(density: 0.1, .peft))
      .delta(deltas).checkpoint.tensor("w").values
    let edges = vectors.map { $0.map { abs($0) }.sorted(by: >)[count / 10 - 1] }
    for index in stride(from: 0, to: count, by: 997) {
      let kept = zip(vectors, edges).map { abs($0[index]) >= $1 ? $0[index] : 0 }
      let sign: Float = kept[0] + kept[1] >= 0 ? 1 : -1
      let agreeing = kept.filter { $0 * sign > 0 }
      let mean = agreeing.isEmpty ? 0 : agreeing.reduce(0, +) / Float(agreeing.count)
      expectClose(Double(merged[index]), Double(mean), absolute: 1e-6)
    }
  }

  @Test func orderStatisticsAreExact() {
    let vector =
      randomVectors(1, count: 4001, seed: 5)[0] + [
        0.25, -0.25, 0.25, Float(bitPattern: 71362), -Float(bitPattern: 71362),
      ]
    let zeros = 17
    let sorted = (vector.map { abs($0) } + [Float](repeating: 0, count: zeros)).sorted(by: >)
    for k in [1, 2, 100, 2000, 3500, 4006, 4007, sorted.count] {
      let rank = magnitudeRank(k, zeros: zeros) { empty in
        vector.withUnsafeBufferPointer { values in
          var histogram = empty
          histogram.add(values)
          return histogram
        }
      }
      let expected = sorted[k - 1]
      #expect(rank.magnitude == expected)
      #expect(rank.larger == sorted.count { $0 > expected })
      #expect(rank.equal == sorted.count { $0 == expected })
    }
  }
}
