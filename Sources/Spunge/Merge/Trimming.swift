/// Which entries of a tensor are kept by magnitude.
struct MagnitudeCut: Sendable, Equatable {
  /// Entries with a larger magnitude are kept.
  var magnitude: Float
  /// Entries of exactly this magnitude are kept up to this index in the tensor.
  var lastTie: Int

  /// Keeps every entry.
  static let keepAll = MagnitudeCut(magnitude: 0, lastTie: .max)
  /// Keeps no entry.
  static let keepNone = MagnitudeCut(magnitude: .infinity, lastTie: -1)

  /// Sets the entries that are not kept to zero.
  ///
  /// - Parameter offset: index of the first of `values` in the tensor.
  func trim(_ values: UnsafeMutableBufferPointer<Float>, offset: Int) {
    if magnitude == 0, lastTie == .max { return }
    for index in values.indices {
      let size = abs(values[index])
      let isKept = size > magnitude || (size == magnitude && offset + index <= lastTie)
      if !isKept { values[index] = 0 }
    }
  }
}

/// An order statistic of magnitudes.
struct MagnitudeRank: Sendable, Equatable {
  /// The k-th largest magnitude.
  var magnitude: Float
  /// How many are larger.
  var larger: Int
  /// How many are equal, this one included.
  var equal: Int
}

/// The exact `k`-th largest magnitude of a stream that is read twice.
///
/// Radix selection on the bits of |x|, whose order as integers is their order as numbers: first
/// the upper half of the bits, then the lower half of those that share the upper half. Memory is
/// constant.
///
/// - Parameters:
///   - k: rank from 1, at most the number of entries.
///   - zeros: zero entries that the stream leaves out.
///   - stream: hands all entries, finite, to its argument.
func magnitudeRank(
  _ k: Int, zeros: Int = 0,
  stream: ((UnsafeBufferPointer<Float>) -> Void) throws -> Void
) rethrows -> MagnitudeRank {
  var upper = [Int](repeating: 0, count: 1 << 15)
  upper[0] = zeros
  try stream { values in
    upper.withUnsafeMutableBufferPointer { upper in
      for value in values { upper[Int((value.bitPattern & 0x7fff_ffff) >> 16)] += 1 }
    }
  }
  let (high, larger) = bin(of: k, in: upper)
  var lower = [Int](repeating: 0, count: 1 << 16)
  if high == 0 { lower[0] = zeros }
  try stream { values in
    lower.withUnsafeMutableBufferPointer { lower in
      for value in values {
        let bits = value.bitPattern & 0x7fff_ffff
        if Int(bits >> 16) == high { lower[Int(bits & 0xffff)] += 1 }
      }
    }
  }
  let (low, largerInBin) = bin(of: k - larger, in: lower)
  return MagnitudeRank(
    magnitude: Float(bitPattern: UInt32(high << 16 | low)), larger: larger + largerInBin,
    equal: lower[low])
}

/// The bin that holds the `k`-th largest entry, and how many entries are in the bins above it.
private func bin(of k: Int, in counts: [Int]) -> (bin: Int, above: Int) {
  var above = 0
  for bin in counts.indices.reversed() {
    if above + counts[bin] >= k { return (bin, above) }
    above += counts[bin]
  }
  preconditionFailure("rank \(k) among \(above) entries")
}
