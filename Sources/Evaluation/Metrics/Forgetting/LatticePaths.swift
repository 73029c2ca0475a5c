import Formats

/// Paths of unit steps from (0, 0) to (n, m), and how many of them leave the band |x·m − y·n| < steps.
///
/// The path that ends at (x, y) came from (x − 1, y) with probability x / (x + y), all paths being equally likely,
/// so that the share is a sum of positive terms without cancellation.
struct LatticePaths {
  private let n, m, steps: Int

  init(_ n: Int, _ m: Int, steps: Int) {
    (self.n, self.m, self.steps) = (n, m, steps)
  }

  /// log of the share of paths that leave the band.
  var logShareOutside: Double {
    let share = shareOutside()
    return share > 1e-280 ? PortableMath.log(share) : logarithms()
  }

  private func isOutside(_ x: Int, _ y: Int) -> Bool { abs(x * m - y * n) >= steps }

  private func shareOutside() -> Double {
    var row = [Double](repeating: 0, count: m + 1)
    for x in 0...n {
      for y in 0...m {
        if isOutside(x, y) {
          row[y] = 1
        } else if x + y > 0 {
          let (left, below) = (x > 0 ? row[y] : 0, y > 0 ? row[y - 1] : 0)
          row[y] = (Double(x) * left + Double(y) * below) / Double(x + y)
        }
      }
    }
    return row[m]
  }

  /// The same in logarithms, for shares that are too small for the format.
  private func logarithms() -> Double {
    var row = [Double](repeating: -.infinity, count: m + 1)
    for x in 0...n {
      for y in 0...m {
        if isOutside(x, y) {
          row[y] = 0
        } else if x + y > 0 {
          let all = PortableMath.log(Double(x + y))
          let left = x > 0 ? row[y] + PortableMath.log(Double(x)) - all : -.infinity
          let below = y > 0 ? row[y - 1] + PortableMath.log(Double(y)) - all : -.infinity
          let (larger, smaller) = (max(left, below), min(left, below))
          row[y] =
            larger == -.infinity
            ? larger : larger + PortableMath.log1p(PortableMath.exp(smaller - larger))
        }
      }
    }
    return row[m]
  }
}
