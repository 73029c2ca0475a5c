import Foundation
import Tensors

@testable import Spunge

/// Named float32 tensors in memory.
struct TestCheckpoint: Checkpoint {
  let tensors: [TensorDescription]
  private let values: [String: [Float]]

  init(_ entries: [(name: String, shape: [Int], values: [Float])]) {
    tensors = entries.map {
      precondition($0.shape.reduce(1, *) == $0.values.count)
      return .init(
        name: $0.name, shape: $0.shape, storedType: "F32", byteCount: 4 * $0.values.count)
    }
    values = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.values) })
  }

  /// No tensor at all.
  static let empty = TestCheckpoint([(name: String, shape: [Int], values: [Float])]())

  /// One vector named `w`.
  init(_ vector: [Float]) { self.init([("w", [vector.count], vector)]) }

  func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let all = values[name], let description = description(of: name) else {
      throw CheckpointError.missingTensor(name)
    }
    let start = rows.lowerBound * description.columns
    for index in destination.indices { destination[index] = all[start + index] }
  }
}

/// The difference that `method` makes of `vectors`, each one tensor `w`.
func mergedDelta(_ vectors: [[Float]], _ method: any MergeMethod) throws -> [Float] {
  let base = TestCheckpoint([Float](repeating: 0, count: vectors[0].count))
  return try CheckpointMerger(base: base, method: method).delta(parts(vectors))
    .checkpoint.tensor("w").values
}

/// The difference that `method` makes of `matrices`, each one tensor `w` of the shape.
func mergedDelta(_ matrices: [[Float]], shape: [Int], _ method: any MergeMethod) throws -> [Float] {
  let base = TestCheckpoint([("w", shape, [Float](repeating: 0, count: matrices[0].count))])
  let parts = matrices.enumerated().map {
    ParameterDelta(name: "part\($0)", checkpoint: TestCheckpoint([("w", shape, $1)]))
  }
  return try CheckpointMerger(base: base, method: method).delta(parts)
    .checkpoint.tensor("w").values
}

func parts(_ vectors: [[Float]]) -> [ParameterDelta] {
  vectors.enumerated().map { .init(name: "part\($0)", checkpoint: TestCheckpoint($1)) }
}

/// TIES with everything but the named settings at its default.
func ties(
  density: Double, _ dialect: TIES.Dialect = .authors, _ election: SignElection = .total,
  scale: Double = 1, weights: [Double] = [], normalize: Bool = true
) -> TIES {
  var ties = TIES()
  ties.density = density
  ties.dialect = dialect
  ties.scale = scale
  ties.signElection = election
  ties.weights = weights
  ties.normalize = normalize
  return ties
}

func dare(density: Double, weights: [Double] = [], seed: Int = 42) -> DARE {
  var dare = DARE()
  (dare.density, dare.weights, dare.seed) = (density, weights, seed)
  return dare
}

func dareTIES(density: Double, weights: [Double] = [], seed: Int = 42) -> DARETIES {
  var dare = DARETIES()
  (dare.density, dare.weights, dare.seed) = (density, weights, seed)
  return dare
}

func negMerge(density: Double, scale: Double = 1) -> NegMerge {
  var method = NegMerge()
  (method.density, method.scale) = (density, scale)
  return method
}

func breadcrumbs(density: Double) -> Breadcrumbs {
  var method = Breadcrumbs()
  method.density = density
  return method
}

func della(density: Double, seed: Int = 42) -> DELLA {
  var method = DELLA()
  (method.density, method.seed) = (density, seed)
  return method
}

func modelStock(rowWise: Bool) -> ModelStock {
  var method = ModelStock()
  method.rowWise = rowWise
  return method
}

func sce(selection: Double) -> SCE {
  var method = SCE()
  method.selection = selection
  return method
}

func slerp(_ position: Double, _ vectors: SLERP.Vectors) -> SLERP {
  var slerp = SLERP()
  (slerp.position, slerp.vectors) = (position, vectors)
  return slerp
}

/// `number` vectors of values in −1…1 of which some are zero.
func randomVectors(_ number: Int, count: Int, seed: UInt64) -> [[Float]] {
  var random = RandomSource(seed: seed)
  return (0..<number).map { _ in
    (0..<count).map { _ in random.uniform() < 0.1 ? 0 : Float(2 * random.uniform() - 1) }
  }
}

/// Float32 tensors of a safetensors file whose names start with `prefix`.
func readSafetensors(
  _ url: URL, prefix: String
) throws -> [String: (shape: [Int], values: [Float])] {
  struct Entry: Decodable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]
    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }
  let data = try Data(contentsOf: url)
  let headerCount = Int(data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  let start = 8 + headerCount
  let header = try JSONDecoder().decode([String: Entry].self, from: data[8..<start])
  return header.filter { $0.key.hasPrefix(prefix) }.mapValues { entry in
    let bytes = data[start + entry.offsets[0]..<start + entry.offsets[1]]
    let values = bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    return (entry.shape, values)
  }
}
