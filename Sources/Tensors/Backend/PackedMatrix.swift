import CKernels
import COneDNN
import COpenBLAS

/// The type a product is computed in.
package enum ComputeType: String, Sendable, Codable, CaseIterable {
  case float32
  case bfloat16
}

/// Constant weights `[N, K]` laid out for products `x · Wᵀ`, ready for any number of threads.
///
/// oneDNN where it can (bits of a row then do not depend on how many rows share the call), else OpenBLAS on
/// float32 values rounded to the compute type: slower, never wrong. `@unchecked Sendable` holds because
/// nothing in it changes once it is made.
package final class PackedMatrix: @unchecked Sendable {
  // Sendable because nothing is written after `init`, and both libraries read weights from any thread.

  /// `N`.
  package let rows: Int
  /// `K`.
  package let columns: Int
  package let computeType: ComputeType
  private var chunks: [Chunk] = []

  /// Most output columns packed together: more (a vocabulary) are shared out among threads in pieces.
  private static let chunkRows = 4096

  private enum Chunk {
    case packed(OpaquePointer, rows: Int)
    case plain(UnsafeMutablePointer<Float>, rows: Int)

    var rows: Int {
      switch self {
      case .packed(_, let rows), .plain(_, let rows): rows
      }
    }
  }

  /// Packs `rows` weight rows that `read` supplies in order.
  /// - Parameters:
  ///   - read: widens a range of rows to float32 into the buffer, `[range.count, columns]`.
  package init(
    rows: Int, columns: Int, computeType: ComputeType,
    read: (Range<Int>, UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    self.rows = rows
    self.columns = columns
    self.computeType = computeType
    let pieces = max(1, (rows + Self.chunkRows - 1) / Self.chunkRows)
    let size = ((rows + pieces - 1) / pieces + 63) / 64 * 64
    let buffer = Tensor([min(size, max(rows, 1)), max(columns, 1)])
    for first in stride(from: 0, to: rows, by: size) {
      let count = min(size, rows - first)
      let values = UnsafeMutableBufferPointer(rebasing: buffer.elements[0..<count * columns])
      try read(first..<first + count, values)
      chunks.append(Self.pack(values, rows: count, columns: columns, computeType: computeType))
    }
  }

  private static func pack(
    _ values: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int, computeType: ComputeType
  ) -> Chunk {
    if let packed = sdnn_pack(
      values.baseAddress, Int64(rows), Int64(columns), computeType == .bfloat16 ? 1 : 0)
    {
      return .packed(packed, rows: rows)
    }
    let copy = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
    for (index, value) in values.enumerated() {
      (copy + index).initialize(to: computeType == .bfloat16 ? value.roundedToBFloat16 : value)
    }
    return .plain(copy, rows: rows)
  }

  deinit {
    for chunk in chunks {
      switch chunk {
      case .packed(let matrix, _): sdnn_free(matrix)
      case .plain(let values, _): values.deallocate()
      }
    }
  }

  /// `y = x · Wᵀ`, shared among the threads.
  /// - Parameters:
  ///   - x: `[rows, K]` of the compute type's rows.
  ///   - rows: how many.
  ///   - y: receives `[rows, N]`, rows `N` apart.
  package func multiply(_ x: Rows, rows count: Int, into y: UnsafeMutablePointer<Float>) {
    precondition(x.columns == columns, "rows of \(x.columns) for weights [\(rows), \(columns)]")
    let tile = max(1, min(64, (count + ThreadCount.current - 1) / ThreadCount.current))
    let tiles = (count + tile - 1) / tile
    nonisolated(unsafe) let (x, y) = (x, y)
    // All tiles of one chunk before the next: the chunk stays in the cache.
    parallelFor(tiles * chunks.count) { item in
      let (piece, first) = (item / tiles, item % tiles * tile)
      let offset = self.chunks[..<piece].reduce(0) { $0 + $1.rows }
      self.multiply(
        self.chunks[piece], x, first: first, count: min(tile, count - first),
        into: y + first * self.rows + offset)
    }
  }

  private func multiply(
    _ chunk: Chunk, _ x: Rows, first: Int, count: Int, into y: UnsafeMutablePointer<Float>
  ) {
    switch chunk {
    case .packed(let matrix, _):
      let status = sdnn_multiply(matrix, x.address(ofRow: first), Int64(count), y, Int64(rows))
      precondition(
        status == 0, "oneDNN refused [\(count), \(columns)] · [\(chunk.rows), \(columns)]ᵀ")
    case .plain(let values, let width):
      for row in 0..<count {  // row by row, so that a row's bits do not depend on its company
        x.withFloatRow(first + row) { input in
          cblas_sgemv(
            CblasRowMajor, CblasNoTrans, Int32(width), Int32(columns), 1, values, Int32(columns),
            input, 1, 0, y + row * rows, 1)
        }
      }
    }
  }
}

/// Input rows of a packed product, stored in its compute type.
package final class Rows {
  package let columns: Int
  private let computeType: ComputeType
  private let floats: Tensor
  private let halves: UnsafeMutablePointer<UInt16>
  private let capacity: Int

  /// - Parameter capacity: most rows it will hold.
  package init(capacity: Int, columns: Int, computeType: ComputeType) {
    self.capacity = capacity
    self.columns = columns
    self.computeType = computeType
    floats = Tensor(computeType == .float32 ? [capacity, columns] : [0])
    halves = .allocate(capacity: computeType == .bfloat16 ? capacity * columns : 1)
  }

  deinit { halves.deallocate() }

  /// Takes over one row of float32 values, rounding to the compute type.
  package func set(row: Int, from values: UnsafePointer<Float>) {
    precondition(row < capacity, "row \(row) of \(capacity)")
    switch computeType {
    case .float32: (floats.pointer + row * columns).update(from: values, count: columns)
    case .bfloat16: sk_toBFloat16(halves + row * columns, values, Int64(columns))
    }
  }

  fileprivate func address(ofRow row: Int) -> UnsafeRawPointer {
    switch computeType {
    case .float32: UnsafeRawPointer(floats.pointer + row * columns)
    case .bfloat16: UnsafeRawPointer(halves + row * columns)
    }
  }

  fileprivate func withFloatRow(_ row: Int, _ body: (UnsafePointer<Float>) -> Void) {
    switch computeType {
    case .float32: body(floats.pointer + row * columns)
    case .bfloat16:
      let widened = (0..<columns).map {
        Float(bitPattern: UInt32(halves[row * columns + $0]) << 16)
      }
      widened.withUnsafeBufferPointer { if let base = $0.baseAddress { body(base) } }
    }
  }
}

extension Float {
  /// The nearest bfloat16 (ties to even), widened again.
  var roundedToBFloat16: Float {
    var half: UInt16 = 0
    withUnsafePointer(to: self) { sk_toBFloat16(&half, $0, 1) }
    return Float(bitPattern: UInt32(half) << 16)
  }
}

/// Version of the oneDNN library in use.
package var oneDNNVersion: String { String(cString: sdnn_version()) }
