import Formats

/// Name, extents and stored type of one tensor in a file.
package struct TensorDescription: Sendable, Hashable {
  /// Hugging Face parameter name, for example `model.layers.0.mlp.down_proj.weight`.
  package let name: String
  /// Extents, slowest first; weights are `[out, in]`.
  package let shape: [Int]
  /// How the elements are stored, for example `BF16` or `Q4_1`.
  package let storedType: String
  /// Bytes the tensor occupies in its file.
  package let byteCount: Int

  package init(name: String, shape: [Int], storedType: String, byteCount: Int) {
    self.name = name
    self.shape = shape
    self.storedType = storedType
    self.byteCount = byteCount
  }

  /// Number of elements.
  package var count: Int { shape.reduce(1, *) }
  /// Extent of the first dimension; 1 for a scalar.
  package var rows: Int { shape.first ?? 1 }
  /// Elements in one row.
  package var columns: Int { rows == 0 ? 0 : count / rows }
  /// The same tensor, stored as float32.
  package var asFloat32: TensorDescription {
    .init(name: name, shape: shape, storedType: "F32", byteCount: 4 * count)
  }
}

/// A read-only set of named tensors, widened to float32 on request.
///
/// Conformers keep their files memory-mapped; a read touches only the requested rows, so that merging and packing can
/// stream.
package protocol Checkpoint: Sendable {
  /// Every tensor, in a stable order.
  var tensors: [TensorDescription] { get }

  /// Widens rows of the tensor `name` to float32.
  ///
  /// - Parameters:
  ///   - name: Hugging Face parameter name.
  ///   - rows: rows of the first dimension (elements, for a vector).
  ///   - destination: receives `rows.count * columns` elements, row-major.
  func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>)
    throws

  /// The description of the tensor `name`, if there is one; a search of `tensors` unless a conformer
  /// knows better.
  func description(of name: String) -> TensorDescription?

  /// The file that contains the tensor `name`; nil if it is computed or in memory.
  func file(of name: String) -> String?

  /// Passes the stored bytes of the tensor `name` to `body`, piece by piece, if they are elements of `format`.
  ///
  /// - Returns: whether they are; otherwise `body` was not called, and the tensor has to be read.
  func copyStored(
    _ name: String, as format: FloatFormat, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool
}

extension Checkpoint {
  package func file(of name: String) -> String? { nil }

  package func copyStored(
    _ name: String, as format: FloatFormat, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool { false }

  package func description(of name: String) -> TensorDescription? {
    tensors.first { $0.name == name }
  }

  /// The description of the tensor `name`, and a check that `rows` and `destination` fit it.
  package func checkedDescription(
    of name: String, rows: Range<Int>, count: Int
  ) throws(CheckpointError) -> TensorDescription {
    guard let description = description(of: name) else { throw .missingTensor(name) }
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= description.rows,
      "rows \(rows) of '\(name)' with shape \(description.shape)")
    precondition(
      count == rows.count * description.columns,
      "\(count) elements for rows \(rows) of '\(name)' with shape \(description.shape)")
    return description
  }

  /// The whole tensor `name`, widened to float32.
  package func tensor(_ name: String) throws -> Tensor {
    guard let description = description(of: name) else { throw CheckpointError.missingTensor(name) }
    let result = Tensor(description.shape)
    try read(name, rows: 0..<description.rows, into: result.elements)
    return result
  }
}

/// A missing tensor, or one with non-finite elements.
package enum CheckpointError: InputFailure, CustomStringConvertible, Equatable {
  case missingTensor(String)
  case notFinite(file: String?, tensor: String, index: Int, value: Float)

  package var description: String {
    switch self {
    case .missingTensor(let name):
      "the checkpoint has no tensor '\(name.shown())'; it may belong to another architecture or be incomplete"
    case .notFinite(let file, let name, let index, let value):
      "\(file.map { $0.shown(limit: 500) } ?? "the model"): tensor '\(name.shown())': element \(index) is \(value), "
        + "not a finite number; the file is damaged or the model's training diverged: fetch or make it again"
    }
  }
}
