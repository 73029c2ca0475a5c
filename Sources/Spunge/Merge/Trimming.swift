import Tensors

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
    // Up to the last tie the magnitude itself is kept, behind it only what is larger.
    let count = lastTie - offset >= values.count ? values.count : max(0, lastTie - offset + 1)
    MergingKernels.zero(
      UnsafeMutableBufferPointer(rebasing: values[..<count]), below: magnitude)
    MergingKernels.zero(
      UnsafeMutableBufferPointer(rebasing: values[count...]), below: magnitude.nextUp)
  }

  /// Sets the entries that are kept to zero.
  ///
  /// - Parameter offset: index of the first of `values` in the tensor.
  func drop(_ values: UnsafeMutableBufferPointer<Float>, offset: Int) {
    for index in values.indices where keeps(values[index], at: offset + index) { values[index] = 0 }
  }

  /// Whether `value` at index `index` of the tensor is kept.
  func keeps(_ value: Float, at index: Int) -> Bool {
    abs(value) > magnitude || abs(value) == magnitude && index <= lastTie
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

/// Counts magnitudes by half of their bits: |x| as an integer is ordered as |x| is.
struct MagnitudeHistogram: Sendable {
  /// The upper half of those whose lower half is counted; nil where the upper half is.
  let high: UInt32?
  private(set) var counts: [Int]

  init(high: UInt32? = nil) {
    self.high = high
    counts = [Int](repeating: 0, count: high == nil ? 1 << 15 : 1 << 16)
  }

  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    counts.withUnsafeMutableBufferPointer { counts in
      if let high {
        for value in values {
          let bits = value.bitPattern & 0x7fff_ffff
          if bits >> 16 == high { counts[Int(bits & 0xffff)] += 1 }
        }
      } else {
        for value in values { counts[Int((value.bitPattern & 0x7fff_ffff) >> 16)] += 1 }
      }
    }
  }

  mutating func addZeros(_ count: Int) {
    if high == nil || high == 0 { counts[0] += count }
  }

  mutating func add(_ other: MagnitudeHistogram) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// The bin that holds the `k`-th largest entry, and how many entries are in the bins above it.
  func bin(of k: Int) -> (bin: Int, above: Int) {
    var above = 0
    for bin in counts.indices.reversed() {
      if above + counts[bin] >= k { return (bin, above) }
      above += counts[bin]
    }
    preconditionFailure("rank \(k) among \(above) entries")
  }
}

/// The exact `k`-th largest magnitude of a stream that is read twice.
///
/// Radix selection: first the upper half of the bits, then the lower half of those that share the
/// upper half. Memory is constant.
///
/// - Parameters:
///   - k: rank from 1, at most the number of entries.
///   - zeros: zero entries that the stream leaves out.
///   - fill: adds all entries, finite, to an empty histogram.
func magnitudeRank(
  _ k: Int, zeros: Int = 0, fill: (MagnitudeHistogram) throws -> MagnitudeHistogram
) rethrows -> MagnitudeRank {
  var upper = try fill(MagnitudeHistogram())
  upper.addZeros(zeros)
  let (high, larger) = upper.bin(of: k)
  var lower = try fill(MagnitudeHistogram(high: UInt32(high)))
  lower.addZeros(zeros)
  let (low, largerInBin) = lower.bin(of: k - larger)
  return MagnitudeRank(
    magnitude: Float(bitPattern: UInt32(high << 16 | low)), larger: larger + largerInBin,
    equal: lower.counts[low])
}
