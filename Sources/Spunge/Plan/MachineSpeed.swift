import Tensors

/// What this machine does in a second.
package struct MachineSpeed {
  /// Operations of matrix products a second at best, by the type of products.
  let peaks: [ComputeType: Double]

  /// Share of the peak that scoring and training have been seen to reach.
  private static let efficiency = 0.65

  /// Takes a moment.
  package static func measure() throws -> MachineSpeed {
    var peaks: [ComputeType: Double] = [:]
    for type in ComputeType.allCases { peaks[type] = try MatrixProductPeak.measure(type) }
    return MachineSpeed(peaks: peaks)
  }

  /// Seconds that a network takes for this many operations.
  func seconds(_ operations: Double, _ type: ComputeType) -> Double {
    operations / (peaks[type, default: 1] * Self.efficiency)
  }

  /// The peak for people.
  func text(_ type: ComputeType) -> String { "\(Int(peaks[type, default: 0] / 1e9)) GFLOP/s" }
}
