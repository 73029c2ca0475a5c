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
/// oneDNN where it can, else OpenBLAS on float32 values rounded to the compute type: slower, never wrong. Bits of a row
/// do not depend on how many rows share the call. Weights are packed in chunks of columns that fit a core's cache, where
/// all rows meet them.
package final class PackedMatrix: @unchecked Sendable {
  // Sendable because nothing is written after `init`, and both libraries read weights from any thread.

  /// `N`.
  package let rows: Int
  /// `K`.
  package let columns: Int
  package let computeType: ComputeType
  /// Whether the rows are two halves whose rows of the same number come out together.
  package let isPaired: Bool
  private let chunks: [Chunk]

  /// Sendable because nothing in it is written once it is made.
  private final class Chunk: @unchecked Sendable {
    enum Storage {
      case packed(OpaquePointer)
      case plain(Tensor)
    }
    let storage: Storage
    /// Of `N`, or of each half.
    let range: Range<Int>

    init(_ storage: Storage, _ range: Range<Int>) {
      self.storage = storage
      self.range = range
    }

    deinit {
      if case .packed(let matrix) = storage { sdnn_free(matrix) }
    }
  }

  /// Packs `rows` weight rows.
  /// - Parameters:
  ///   - isPaired: whether a piece of the product holds some columns of the first half, then the same of the second.
  ///   - read: widens a range of rows to float32 into the buffer, `[range.count, columns]`; called from several threads.
  package init(
    rows: Int, columns: Int, computeType: ComputeType, isPaired: Bool = false,
    read: @Sendable (Range<Int>, UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    precondition(!isPaired || rows % 2 == 0, "\(rows) rows are not two halves")
    self.rows = rows
    self.columns = columns
    self.computeType = computeType
    self.isPaired = isPaired
    let (halves, extent) = isPaired ? (2, rows / 2) : (1, rows)
    let size = Self.chunkRows(extent, halves: halves, columns: columns, computeType)
    chunks = try parallelMap((extent + size - 1) / size) { index in
      let range = index * size..<min((index + 1) * size, extent)
      let values = UnsafeMutableBufferPointer<Float>.allocate(
        capacity: halves * range.count * columns)
      defer { values.deallocate() }
      for half in 0..<halves {
        let part = half * range.count * columns..<(half + 1) * range.count * columns
        try read(
          range.lowerBound + half * extent..<range.upperBound + half * extent,
          UnsafeMutableBufferPointer(rebasing: values[part]))
      }
      return Chunk(Self.pack(values, [halves * range.count, columns], computeType), range)
    }
  }

  /// Rows of a chunk (of each half): as many as fit half a core's cache, at least 64, and a number of chunks that few threads share evenly.
  private static func chunkRows(
    _ extent: Int, halves: Int, columns: Int, _ type: ComputeType
  ) -> Int {
    let rowBytes = max(columns, 1) * (type == .bfloat16 ? 2 : 4)
    let most = max(64, min(512, (384 << 10) / rowBytes)) / halves
    let pieces = (extent + most - 1) / most
    guard pieces > 1 else { return max(extent, 1) }
    let even = (pieces + 5) / 6 * 6
    return ((extent + even - 1) / even + 31) / 32 * 32
  }

  private static func pack(
    _ values: UnsafeMutableBufferPointer<Float>, _ shape: [Int], _ type: ComputeType
  ) -> Chunk.Storage {
    let isHalf = type == .bfloat16
    if let packed = sdnn_pack(
      values.baseAddress, Int64(shape[0]), Int64(shape[1]), isHalf ? 1 : 0)
    {
      return .packed(packed)
    }
    return .plain(Tensor(shape, values.map { isHalf ? $0.roundedToBFloat16 : $0 }))
  }

  /// Some rows and columns of a product.
  package struct Piece {
    package let rows: Range<Int>
    /// Of `N`, or of each half of paired weights.
    package let columns: Range<Int>
    /// Floats between rows: as many as there are columns, in both halves.
    package let stride: Int
    /// The first row, valid during the call that hands it over.
    package let values: UnsafePointer<Float>

    /// `out += piece + bias` in the piece's place.
    /// - Parameters:
    ///   - out: `[T, N]`.
    ///   - bias: `[N]`.
    package func add(to out: Tensor, bias: Tensor?) {
      let (first, count) = (columns.lowerBound, Int64(columns.count))
      for (index, row) in rows.enumerated() {
        let (target, from) = (out.pointer + row * out.columns + first, values + index * stride)
        if let bias {
          sk_addSum(target, from, bias.pointer + first, count)
        } else {
          sk_add(target, from, count)
        }
      }
    }
  }

  /// `y = x · Wᵀ`, shared among the threads.
  /// - Parameters:
  ///   - x: `[rows, K]` of the compute type's rows.
  ///   - rows: how many.
  ///   - y: receives `[rows, N]`, rows `N` apart; not for paired weights.
  package func multiply(_ x: Rows, rows count: Int, into y: UnsafeMutablePointer<Float>) {
    precondition(!isPaired, "halves have no one place")
    nonisolated(unsafe) let y = y
    multiply(x, rows: count) { [rows] piece in
      for (index, row) in piece.rows.enumerated() {
        (y + row * rows + piece.columns.lowerBound).update(
          from: piece.values + index * piece.stride, count: piece.columns.count)
      }
    }
  }

  /// Hands over `x · Wᵀ` piece by piece, from several threads at once; a piece is warm in its thread's cache.
  package func multiply(_ x: Rows, rows count: Int, receive: (Piece) -> Void) {
    precondition(x.columns == columns, "rows of \(x.columns) for weights [\(rows), \(columns)]")
    let wanted = (3 * ThreadCount.current + chunks.count - 1) / max(chunks.count, 1)
    let tile = Self.tile(of: count, in: wanted)
    let tiles = (count + tile - 1) / tile
    nonisolated(unsafe) let x = x
    withoutActuallyEscaping(receive) { receive in
      nonisolated(unsafe) let receive = receive
      // All tiles of one chunk before the next: the chunk stays in the cache.
      parallelFor(tiles * chunks.count) { item in
        let (chunk, first) = (self.chunks[item / tiles], item % tiles * tile)
        self.multiply(chunk, x, first..<min(first + tile, count), receive)
      }
    }
  }

  /// Rows of an item where `count` rows are to make at least `pieces` of them.
  private static func tile(of count: Int, in pieces: Int) -> Int {
    guard rowsAreIndependent else { return 64 }
    return max(1, min(128, max(16, (count + pieces - 1) / pieces + 7 & ~7)))
  }

  /// Rows that are computed for `count` that are wanted: few different numbers, for each of which oneDNN compiles a
  /// product; one only where bits depend on it.
  private static func computedRows(_ count: Int) -> Int {
    guard rowsAreIndependent else { return 64 }
    return count <= 8 ? count : (count + 7) & ~7
  }

  private static let rowsAreIndependent = sdnn_rowsAreIndependent() != 0

  private func multiply(
    _ chunk: Chunk, _ x: Rows, _ range: Range<Int>, _ receive: (Piece) -> Void
  ) {
    let width = chunk.range.count * (isPaired ? 2 : 1)
    func hand(_ values: UnsafePointer<Float>) {
      receive(Piece(rows: range, columns: chunk.range, stride: width, values: values))
    }
    switch chunk.storage {
    case .packed(let matrix):
      let product = sdnn_multiply(
        matrix, x.address(ofRow: range.lowerBound), Int64(Self.computedRows(range.count)))
      guard let product else {
        preconditionFailure("oneDNN refused [\(range.count), \(columns)] · [\(width), \(columns)]ᵀ")
      }
      hand(product)
    case .plain(let values):
      let product = Tensor([range.count, width])
      // Row by row: a row's bits do not depend on its company.
      for (index, row) in range.enumerated() {
        x.withFloatRow(row) { input in
          cblas_sgemv(
            CblasRowMajor, CblasNoTrans, Int32(width), Int32(columns), 1, values.pointer,
            Int32(columns), input, 1, 0, product.pointer + index * width, 1)
        }
      }
      hand(product.pointer)
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
