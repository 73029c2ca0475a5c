import Tensors

/// How the sign of a merged entry is elected.
package enum SignElection: String, SettingsChoice {
  /// The sign of the sum of the parts' entries.
  case total
  /// The sign of the sum of the entries' signs: one part, one vote.
  case frequency

  /// How many more entries are elected plus than minus.
  func excess(_ parts: [UnsafeMutableBufferPointer<Float>]) -> Int {
    var excess = 0
    inBlocks(parts) { parts, _ in
      withBalance(parts) { excess += MergingKernels.excessOfPositives($0) }
    }
    return excess
  }

  /// Lends, for every entry, a number above zero for plus, below for minus, zero when undecided.
  func withBalance(
    _ parts: [UnsafeMutableBufferPointer<Float>],
    _ body: (UnsafeMutableBufferPointer<Double>) -> Void
  ) {
    let count = parts.first?.count ?? 0
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { balance in
      balance.initialize(repeating: 0)
      for part in parts {
        switch self {
        case .total: MergingKernels.add(part, to: balance)
        case .frequency: MergingKernels.addSigns(of: part, to: balance)
        }
      }
      body(balance)
    }
  }
}

/// An election and the sign where it is undecided.
struct Election: Sendable {
  var vote: SignElection
  var undecided: FloatingPointSign
}

/// The mean of the entries that have the elected sign; zero where none has.
struct DisjointMean: Sendable {
  /// What the sum of the agreeing entries is divided by.
  enum Divisor: Sendable {
    /// Their number.
    case count
    /// The sum of their weights.
    case weights
    /// Nothing.
    case one
  }

  var election: Election
  /// Factor on the result.
  var scale: Double
  /// One a part. With `count` they multiply the entries; otherwise the entries come multiplied.
  var weights: [Double]
  var divisor: Divisor

  /// Merges the parts' entries.
  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], into result: UnsafeMutableBufferPointer<Float>
  ) {
    inBlocks(parts) { parts, range in
      merge(block: parts, into: UnsafeMutableBufferPointer(rebasing: result[range]))
    }
  }

  private func merge(
    block parts: [UnsafeMutableBufferPointer<Float>],
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    let count = result.count
    let undecided: Double = election.undecided == .plus ? 1 : -1
    election.vote.withBalance(parts) { balance in
      // From here on `balance` holds the elected sign.
      MergingKernels.signs(balance, zero: undecided)
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { scratch in
        scratch.initialize(repeating: 0)
        let sums = UnsafeMutableBufferPointer(rebasing: scratch[..<count])
        let divisors = UnsafeMutableBufferPointer(rebasing: scratch[count...])
        for (part, weight) in zip(parts, weights) {
          let factor = divisor == .count ? weight : 1
          let share = divisor == .weights ? weight : divisor == .count ? 1 : 0
          MergingKernels.addAgreeing(
            part, elected: balance, factor: factor, to: sums, share: share, to: divisors)
        }
        MergingKernels.scaledQuotient(sums, divisors: divisors, scale: scale, into: result)
      }
    }
  }
}

/// Entries that are merged at a time; their double-precision sums stay in the first cache.
private let blockElements = 1024

/// Calls `body` with successive blocks of the parts' entries and where they are.
private func inBlocks(
  _ parts: [UnsafeMutableBufferPointer<Float>],
  _ body: ([UnsafeMutableBufferPointer<Float>], Range<Int>) -> Void
) {
  let count = parts.first?.count ?? 0
  for first in stride(from: 0, to: count, by: blockElements) {
    let range = first..<min(first + blockElements, count)
    body(parts.map { UnsafeMutableBufferPointer(rebasing: $0[range]) }, range)
  }
}
