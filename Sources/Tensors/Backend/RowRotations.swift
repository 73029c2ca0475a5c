import CKernels
import Synchronization

/// Turns the rows of a matrix in pairs until all are orthogonal (Hestenes' method).
///
/// Pairs meet as in a tournament (Brent & Luk 1985), blocks of rows first, so that two blocks stay in a cache while all their rows
/// meet. In a pair the longer row comes first, with which fewer sweeps do.
struct RowRotations {
  /// The rows after all rotations, orthogonal to each other.
  private(set) var orthogonal: DoubleMatrix
  /// The sum of squares of every row.
  private var squares: [Double]

  init(of matrix: DoubleMatrix) {
    orthogonal = matrix
    squares = matrix.rowSquares
    guard matrix.rows > 1, matrix.columns > 0 else { return }
    // Shorter rows are rounding.
    let floor = 1e-28 * (squares.max() ?? 0)
    // Five to ten sweeps do; the bound is for what no one has met.
    for _ in 0..<100 {
      guard sweep(floor: floor) else { return }
      squares = orthogonal.rowSquares
    }
  }

  /// Lets every pair of rows meet once.
  ///
  /// - Returns: whether some were not orthogonal.
  private mutating func sweep(floor: Double) -> Bool {
    let (rows, columns) = (orthogonal.rows, orthogonal.columns)
    // Two blocks have half a megabyte or two rows.
    let size = max(1, min(64, (1 << 15) / columns))
    let blocks = (rows + size - 1) / size
    let turned = Atomic<Bool>(false)
    orthogonal.elements.withUnsafeMutableBufferPointer { elements in
      squares.withUnsafeMutableBufferPointer { squares in
        guard let elements = elements.baseAddress, let squares = squares.baseAddress else { return }
        let pair = RowPair(elements: elements, squares: squares, columns: columns, floor: floor)
        nonisolated(unsafe) let pairs = pair
        let block: @Sendable (Int) -> Range<Int> = { $0 * size..<min(($0 + 1) * size, rows) }
        parallelFor(blocks) { index in
          for low in block(index) {
            for high in low + 1..<max(block(index).upperBound, low + 1) where pairs.meet(low, high)
            {
              turned.store(true, ordering: .relaxed)
            }
          }
        }
        for round in 0..<max(0, blocks - 1 + blocks % 2) {
          parallelFor((blocks + 1) / 2) { index in
            guard let (first, second) = Self.match(index, round, of: blocks) else { return }
            for low in block(first) {
              for high in block(second) where pairs.meet(low, high) {
                turned.store(true, ordering: .relaxed)
              }
            }
          }
        }
      }
    }
    return turned.load(ordering: .relaxed)
  }

  /// Who meets in match `index` of a round of a tournament in which everybody plays once: the last player stays, the others go
  /// round. Of an odd number one pauses, whose match is nil.
  private static func match(_ index: Int, _ round: Int, of players: Int) -> (Int, Int)? {
    let others = players + players % 2 - 1
    let one = index == 0 ? others : (round + index) % others
    let two = (round + others - index) % others
    return max(one, two) < players ? (min(one, two), max(one, two)) : nil
  }
}

/// Rows of a matrix and their squares, of which threads turn different ones.
private struct RowPair {
  let elements: UnsafeMutablePointer<Double>
  let squares: UnsafeMutablePointer<Double>
  let columns: Int
  /// Squares of lengths that count as zero.
  let floor: Double

  /// Makes two rows orthogonal, the longer one `low`.
  ///
  /// - Returns: whether they were not.
  func meet(_ low: Int, _ high: Int) -> Bool {
    let (x, y) = (elements + low * columns, elements + high * columns)
    let (xx, yy) = (squares[low], squares[high])
    guard min(xx, yy) > floor else { return false }
    var xy = 0.0
    sk_rowDots64(&xy, 1, x, 1, y, 1, Int64(columns))
    // Sums of many products are not exact enough for less.
    let bound = 1e-15 * max(1, Double(columns).squareRoot() / 4)
    guard abs(xy) > bound * (xx * yy).squareRoot() else { return false }
    let ratio = (yy - xx) / (2 * xy)
    let tangent = (ratio < 0 ? -1 : 1) / (abs(ratio) + (1 + ratio * ratio).squareRoot())
    let cosine = 1 / (1 + tangent * tangent).squareRoot()
    let sine = cosine * tangent
    let (first, second) = (xx - tangent * xy, yy + tangent * xy)
    if first >= second {
      sk_rotate64(x, y, cosine, sine, Int64(columns))
      update(low, first, before: xx)
      update(high, second, before: yy)
    } else {
      // A quarter turn more changes places.
      sk_rotate64(x, y, sine, -cosine, Int64(columns))
      update(low, second, before: yy)
      update(high, first, before: xx)
    }
    return true
  }

  /// Notes a row's new square; where much went away, rounding is too large a part of the difference.
  private func update(_ row: Int, _ square: Double, before: Double) {
    squares[row] = square
    guard square < before / 2 else { return }
    let start = elements + row * columns
    sk_rowDots64(squares + row, 1, start, 1, start, 1, Int64(columns))
  }
}
