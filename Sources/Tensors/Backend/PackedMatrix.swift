import CKernels

/// The compute dtype of a product.
package enum ComputeType: String, Sendable, CaseIterable {
  case float32
  case bfloat16
}

/// Constant weights `[N, K]` packed for products `x · Wᵀ` on any number of threads.
///
/// float32 products are chains of fused multiply-adds, the same bits everywhere; bfloat16 products are added in pairs where the
/// processor has such instructions (`BFloat16Products`). Bits of a row do not depend on how many rows share the call. Weights are
/// packed in chunks of columns that fit a core's cache, where all rows meet them.
package final class PackedMatrix: @unchecked Sendable {
  // Sendable because nothing is written after `init`, and any thread may read weights.

  /// `N`.
  package let rows: Int
  /// `K`.
  package let columns: Int
  package let computeType: ComputeType
  /// Whether the rows are two halves whose corresponding rows are output together.
  package let isPaired: Bool
  private let chunks: [Chunk]

  /// Sendable because it is immutable after initialisation.
  private final class Chunk: @unchecked Sendable {
    /// Of `sk_pack`.
    let panels: UnsafeMutableRawPointer
    /// Of `N`, or of each half.
    let range: Range<Int>

    init(_ panels: UnsafeMutableRawPointer, _ range: Range<Int>) {
      self.panels = panels
      self.range = range
    }

    deinit { panels.deallocate() }
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
  ) -> UnsafeMutableRawPointer {
    let isHalf: Int32 = type == .bfloat16 ? 1 : 0
    let (columns, depth) = (Int64(shape[0]), Int64(shape[1]))
    let panels = UnsafeMutableRawPointer.allocate(
      byteCount: max(Int(sk_packedBytes(columns, depth, isHalf)), 1), alignment: 64)
    if let base = values.baseAddress { sk_pack(panels, base, columns, depth, isHalf) }
    return panels
  }

  /// A tile of a product.
  package struct Piece {
    package let rows: Range<Int>
    /// Of `N`, or of each half of paired weights.
    package let columns: Range<Int>
    /// Floats between rows: as many as there are columns, in both halves.
    package let stride: Int
    /// The first row, valid only during the call that delivers it.
    package let values: UnsafePointer<Float>

    /// `out += piece + bias` in the piece's place.
    /// - Parameters:
    ///   - out: `[T, N]`.
    ///   - bias: `[N]`.
    package func add(to out: Tensor, bias: Tensor?) {
      sk_addRows(
        place(in: out), Int64(out.columns), values, Int64(stride),
        bias.map { $0.pointer + columns.lowerBound }, Int64(rows.count), Int64(columns.count))
    }

    /// `out = piece + bias` in the piece's place.
    package func write(to out: Tensor, bias: Tensor) {
      sk_sumRows(
        place(in: out), Int64(out.columns), values, Int64(stride),
        bias.pointer + columns.lowerBound, Int64(rows.count), Int64(columns.count))
    }

    /// `out = gelu(piece + bias)` in the piece's place, rounded to the rows' type.
    package func gelu(to out: Rows, bias: Tensor) {
      sk_geluRows(
        out.address(ofRow: rows.lowerBound, column: columns.lowerBound), Int64(out.stride),
        out.isHalf, values, Int64(stride), bias.pointer + columns.lowerBound, Int64(rows.count),
        Int64(columns.count))
    }

    /// `out = silu(gate + bias) ∘ (up + bias)` in the place of the piece, one of paired weights.
    /// - Parameter bias: `[2N]`.
    package func swiglu(to out: Rows, bias: Tensor?) {
      let gateBias = bias.map { $0.pointer + columns.lowerBound }
      sk_swigluRows(
        out.address(ofRow: rows.lowerBound, column: columns.lowerBound), Int64(out.stride),
        out.isHalf, values, Int64(stride), gateBias, gateBias.map { $0 + out.columns },
        Int64(rows.count), Int64(columns.count))
    }

    private func place(in out: Tensor) -> UnsafeMutablePointer<Float> {
      out.pointer + rows.lowerBound * out.columns + columns.lowerBound
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
    eachItem(x, rows: count) { chunk, range, x in
      self.multiply(
        chunk, x, range, chunk.range.count,
        into: y + range.lowerBound * self.rows + chunk.range.lowerBound, stride: self.rows)
    }
  }

  /// Hands over `x · Wᵀ` piece by piece, from several threads at once; a piece is warm in its thread's cache.
  package func multiply(_ x: Rows, rows count: Int, receive: (Piece) -> Void) {
    withoutActuallyEscaping(receive) { receive in
      nonisolated(unsafe) let receive = receive
      eachItem(x, rows: count) { self.multiply($0, $2, $1, receive) }
    }
  }

  /// Calls `body` for some rows of every chunk, in parallel.
  private func eachItem(
    _ x: Rows, rows count: Int, _ body: @Sendable (Chunk, Range<Int>, Rows) -> Void
  ) {
    precondition(x.columns == columns, "rows of \(x.columns) for weights [\(rows), \(columns)]")
    let wanted = (3 * ThreadCount.current + chunks.count - 1) / max(chunks.count, 1)
    let tile = Self.tile(of: count, in: wanted)
    let tiles = (count + tile - 1) / tile
    nonisolated(unsafe) let x = x
    // All tiles of one chunk before the next: the chunk stays in the cache.
    parallelFor(tiles * chunks.count) { item in
      let (chunk, first) = (self.chunks[item / tiles], item % tiles * tile)
      body(chunk, first..<min(first + tile, count), x)
    }
  }

  /// Rows of an item where `count` rows are to make at least `pieces` of them: a multiple of the tiles of 12 and
  /// of 6 rows.
  private static func tile(of count: Int, in pieces: Int) -> Int {
    min(96, max(1, ((count + pieces - 1) / pieces + 23) / 24) * 24)
  }

  private func multiply(
    _ chunk: Chunk, _ x: Rows, _ range: Range<Int>, _ receive: (Piece) -> Void
  ) {
    let width = chunk.range.count * (isPaired ? 2 : 1)
    // Ends the program if memory is exhausted.
    guard let product = sk_pieceMemory(Int64(range.count * width)) else {
      preconditionFailure("no memory for a piece")
    }
    multiply(chunk, x, range, width, into: product, stride: width)
    receive(Piece(rows: range, columns: chunk.range, stride: width, values: product))
  }

  private func multiply(
    _ chunk: Chunk, _ x: Rows, _ range: Range<Int>, _ width: Int,
    into product: UnsafeMutablePointer<Float>, stride: Int
  ) {
    sk_packedProduct(
      product, Int64(stride), x.address(ofRow: range.lowerBound), Int64(x.stride),
      Int64(range.count), chunk.panels, computeType == .bfloat16 ? 1 : 0, Int64(width),
      Int64(columns))
  }
}

/// How this processor computes bfloat16 products; the two ways may differ in the last bits.
package enum BFloat16Products: String, Sendable, Encodable {
  /// AVX512-BF16, which adds the products of two neighbours at once.
  case instructions = "avx512_bf16"
  /// Fused multiply-adds of the numbers as float32.
  case widened = "float32"

  /// Determined once: whether AVX512-BF16 is available and allowed by `SPUNGE_ISA`.
  package static let current: BFloat16Products =
    sk_hasBFloat16Products() != 0 ? .instructions : .widened
}
