import Formats
import CKernels

/// A low-rank product equal to a dense tensor: `scale · B · A`.
package struct LowRankFactors: Sendable, Hashable, Codable {
  /// Name of the dense tensor, `[out, in]`.
  package var name: String
  /// Name of *A*, `[rank, in]`.
  package var down: String
  /// Name of *B*, `[out, rank]`.
  package var up: String
  /// Factor on the product, for LoRA *α/r*, unitless.
  package var scale: Double

  package init(name: String, down: String, up: String, scale: Double) {
    self.name = name
    self.down = down
    self.up = up
    self.scale = scale
  }
}

/// Dense tensors given by low-rank factors, which are multiplied when rows are read.
///
/// A row is bit-identical whatever rows are read with it.
///
/// - Paper: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", equation 3,
///   https://arxiv.org/abs/2106.09685
package struct LowRankCheckpoint: Checkpoint {
  package let tensors: [TensorDescription]
  /// Holds every *A* and *B*.
  package let factors: any Checkpoint
  /// The dense tensors, in the order of `tensors`.
  package let products: [LowRankFactors]
  private let byName: [String: (description: TensorDescription, factors: LowRankFactors)]

  /// - Parameters:
  ///   - factors: holds every *A* and *B*.
  ///   - products: the dense tensors; names must differ.
  /// - Throws: `LowRankError` for factors that are missing or do not fit each other.
  package init(factors: any Checkpoint, products: [LowRankFactors]) throws(LowRankError) {
    var byName: [String: (description: TensorDescription, factors: LowRankFactors)] = [:]
    var tensors: [TensorDescription] = []
    for product in products {
      let (down, up) = (
        try Self.matrix(product.down, factors), try Self.matrix(product.up, factors)
      )
      guard up.columns == down.rows else {
        throw .shapes(product.name, down: down.shape, up: up.shape)
      }
      guard product.scale.isFinite else { throw .scale(product.name, product.scale) }
      let description = TensorDescription(
        name: product.name, shape: [up.rows, down.columns], storedType: DType.float32.rawValue,
        byteCount: 4 * up.rows * down.columns)
      guard byName.updateValue((description, product), forKey: product.name) == nil else {
        throw .twice(product.name)
      }
      tensors.append(description)
    }
    (self.factors, self.tensors) = (factors, tensors)
    (self.products, self.byName) = (products, byName)
  }

  private static func matrix(
    _ name: String, _ factors: any Checkpoint
  ) throws(LowRankError) -> TensorDescription {
    guard let description = factors.description(of: name) else { throw .missing(name) }
    guard description.shape.count == 2 else { throw .notAMatrix(name, shape: description.shape) }
    return description
  }

  package func description(of name: String) -> TensorDescription? { byName[name]?.description }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let description = try checkedDescription(of: name, rows: rows, count: destination.count)
    guard let product = byName[name]?.factors, let out = destination.baseAddress,
      !destination.isEmpty
    else { return }
    let down = try factors.tensor(product.down)
    let up = Tensor([rows.count, down.rows])
    try factors.read(product.up, rows: rows, into: up.elements)
    sk_lowRank(
      out, up.pointer, down.pointer, product.scale, Int64(rows.count), Int64(description.columns),
      Int64(down.rows))
  }
}

/// Low-rank factors that are missing or do not fit.
package enum LowRankError: InputFailure, CustomStringConvertible, Equatable {
  case missing(String)
  case notAMatrix(String, shape: [Int])
  case shapes(String, down: [Int], up: [Int])
  case scale(String, Double)
  case twice(String)

  package var description: String {
    switch self {
    case .missing(let name):
      "there is no factor '\(name.shown())'; the adapter is incomplete"
    case .notAMatrix(let name, let shape):
      "factor '\(name.shown())' has shape \(shape.shown); a low-rank factor has two dimensions"
    case .shapes(let name, let down, let up):
      "the factors of '\(name.shown())' do not fit: A has shape \(down.shown), B \(up.shown); "
        + "A is [rank, in], B is [out, rank]"
    case .scale(let name, let scale):
      "the factor on the update of '\(name.shown())' is \(scale); check alpha and rank"
    case .twice(let name):
      "two updates of '\(name.shown())'; merge them first"
    }
  }
}
