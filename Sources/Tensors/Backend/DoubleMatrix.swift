import CKernels

/// A row-major matrix in double precision, for the few computations in which float32 is not enough.
///
/// Results have the same bits with every instruction set and number of threads.
package struct DoubleMatrix: Sendable, Equatable {
  package let columns: Int
  /// Row after row.
  package var elements: [Double]
  package private(set) var rows: Int

  /// `rows × columns` zeros.
  package init(_ rows: Int, _ columns: Int) {
    self.init(rows, columns, [Double](repeating: 0, count: rows * columns))
  }

  /// - Parameter elements: `rows · columns` of them, row after row.
  package init(_ rows: Int, _ columns: Int, _ elements: [Double]) {
    precondition(elements.count == rows * columns, "\(elements.count) for \(rows) × \(columns)")
    (self.rows, self.columns, self.elements) = (rows, columns, elements)
  }

  package subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  package var transposed: DoubleMatrix {
    var result = DoubleMatrix(columns, rows)
    // In squares, so that neither side is read from far apart.
    let side = 32
    for top in stride(from: 0, to: rows, by: side) {
      for left in stride(from: 0, to: columns, by: side) {
        for row in top..<min(top + side, rows) {
          for column in left..<min(left + side, columns) {
            result.elements[column * rows + row] = elements[row * columns + column]
          }
        }
      }
    }
    return result
  }

  /// Some of the rows.
  package subscript(rows range: Range<Int>) -> DoubleMatrix {
    DoubleMatrix(
      range.count, columns,
      Array(elements[range.lowerBound * columns..<range.upperBound * columns]))
  }

  /// The rows of both, one below the other.
  package mutating func append(_ other: DoubleMatrix) {
    precondition(other.columns == columns, "\(other.columns) columns below \(columns)")
    elements += other.elements
    rows += other.rows
  }

  /// The same with row `i` multiplied by `factors[i]`.
  package func scalingRows(by factors: [Double]) -> DoubleMatrix {
    precondition(factors.count == rows, "\(factors.count) factors for \(rows) rows")
    var result = self
    for (row, factor) in factors.enumerated() {
      for index in row * columns..<(row + 1) * columns { result.elements[index] *= factor }
    }
    return result
  }

  /// The sum of squares of every row.
  package var rowSquares: [Double] {
    elements.withUnsafeBufferPointer { elements in
      (0..<rows).map { row in
        guard columns > 0, let start = elements.baseAddress else { return 0 }
        var square = 0.0
        let from = start + row * columns
        sk_rowDots64(&square, 1, from, 1, from, 1, Int64(columns))
        return square
      }
    }
  }

  /// The square root of the sum of all squares.
  package var length: Double { rowSquares.reduce(0, +).squareRoot() }

  /// `a · bᵀ`: the inner products of their rows.
  package static func rowProducts(_ a: DoubleMatrix, _ b: DoubleMatrix) -> DoubleMatrix {
    precondition(a.columns == b.columns, "\(a.columns) and \(b.columns) columns")
    var result = DoubleMatrix(a.rows, b.rows)
    guard a.columns > 0 else { return result }
    let columns = a.columns
    result.inSlices(operations: a.rows * b.rows * columns) { out, rows in
      a.withRows(rows) { left in
        b.withRows(0..<b.rows) { right in
          sk_rowDots64(
            out, Int64(b.rows), left, Int64(rows.count), right, Int64(b.rows), Int64(columns))
        }
      }
    }
    return result
  }

  /// `a · b`.
  package static func product(_ a: DoubleMatrix, _ b: DoubleMatrix) -> DoubleMatrix {
    var result = DoubleMatrix(a.rows, b.columns)
    result.add(a, times: b, sign: 1)
    return result
  }

  /// `self += sign · a · b`.
  /// - Parameter sign: 1 or −1.
  package mutating func add(_ a: DoubleMatrix, times b: DoubleMatrix, sign: Double) {
    precondition(
      a.columns == b.rows && rows == a.rows && columns == b.columns,
      "\(a.rows) × \(a.columns) times \(b.rows) × \(b.columns) into \(rows) × \(columns)")
    guard a.columns > 0 else { return }
    let (columns, depth) = (columns, a.columns)
    inSlices(operations: rows * columns * depth) { out, rows in
      a.withRows(rows) { left in
        b.withRows(0..<depth) { right in
          sk_addProduct64(
            out, left, right, sign, Int64(rows.count), Int64(depth), Int64(columns))
        }
      }
    }
  }

  private func withRows(_ rows: Range<Int>, _ body: (UnsafePointer<Double>) -> Void) {
    elements.withUnsafeBufferPointer { elements in
      guard let start = elements.baseAddress else { return }
      body(start + rows.lowerBound * columns)
    }
  }

  /// Calls `body` with the rows in slices, on the process's threads where there is work for them.
  private mutating func inSlices(
    operations: Int, _ body: @Sendable (UnsafeMutablePointer<Double>, Range<Int>) -> Void
  ) {
    let (rows, columns) = (rows, columns)
    elements.withUnsafeMutableBufferPointer { elements in
      guard let start = elements.baseAddress, !elements.isEmpty else { return }
      nonisolated(unsafe) let out = start
      let slice = operations < 1 << 18 ? rows : max(8, (rows + 31) / 32)
      parallelFor((rows + slice - 1) / slice) { index in
        let range = index * slice..<min((index + 1) * slice, rows)
        body(out + range.lowerBound * columns, range)
      }
    }
  }
}
