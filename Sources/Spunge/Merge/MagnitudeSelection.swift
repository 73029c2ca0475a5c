import Tensors

extension MagnitudeCut {
  /// Reads some values of a tensor and lends them.
  typealias Source = (Stretch, (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void

  /// The cut that keeps exactly `count` values of a tensor, of equal magnitudes those with the lowest
  /// indices.
  ///
  /// - Parameter source: finite values, the same each time.
  /// - Throws: what `source` throws.
  static func keeping(
    _ count: Int, of tensor: TensorDescription, _ source: @escaping Source
  ) throws -> MagnitudeCut {
    guard count < tensor.count else { return .keepAll }
    guard count > 0 else { return .keepNone }
    let values = try RepeatedReader(tensor, source)
    let found = try magnitudeRank(count) { empty in
      var histogram = empty
      try values.forEachStretch { values, _ in
        histogram.add(values)
        return true
      }
      return histogram
    }
    var tiesLeft = count - found.larger
    guard tiesLeft < found.equal else {
      return MagnitudeCut(magnitude: found.magnitude, lastTie: .max)
    }
    var lastTie = 0
    try values.forEachStretch { values, offset in
      let ties = MergingKernels.count(values, ofMagnitude: found.magnitude)
      guard ties >= tiesLeft else {
        tiesLeft -= ties
        return true
      }
      for (index, value) in values.enumerated() where abs(value) == found.magnitude {
        tiesLeft -= 1
        lastTie = offset + index
        if tiesLeft == 0 { break }
      }
      return false
    }
    return MagnitudeCut(magnitude: found.magnitude, lastTie: lastTie)
  }
}

/// Values of a tensor, to be read several times: kept where they are few.
private struct RepeatedReader {
  /// Most values that all threads keep together: 128 MB.
  private static let mostKept = 1 << 25

  private let source: MagnitudeCut.Source
  private let stretches: [Stretch]
  private let kept: Tensor?

  init(_ tensor: TensorDescription, _ source: @escaping MagnitudeCut.Source) throws {
    self.source = source
    stretches = tensor.stretches()
    guard tensor.count <= Self.mostKept / ThreadCount.current else {
      kept = nil
      return
    }
    let values = Tensor([tensor.count])
    for stretch in stretches {
      try source(stretch) {
        _ = UnsafeMutableBufferPointer(rebasing: values.elements[stretch.offset...])
          .update(fromContentsOf: $0)
      }
    }
    kept = values
  }

  /// Calls `body` with successive values and the first one's index, until it returns false.
  func forEachStretch(_ body: (UnsafeBufferPointer<Float>, Int) throws -> Bool) throws {
    for stretch in stretches {
      var goesOn = true
      if let kept {
        let range = stretch.offset..<stretch.offset + stretch.count
        goesOn = try body(
          UnsafeBufferPointer(rebasing: kept.elements[range]), stretch.offset)
      } else {
        try source(stretch) { goesOn = try body($0, stretch.offset) }
      }
      if !goesOn { return }
    }
  }
}
