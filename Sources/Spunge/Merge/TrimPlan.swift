import Tensors

/// What trimming by magnitude keeps of every part.
struct TrimPlan: Sendable {
  /// Tensor name → one cut a part; a tensor that is not there is kept whole.
  private var cuts: [String: [MagnitudeCut]]

  /// Keeps everything.
  static let keepAll = TrimPlan(cuts: [:])

  /// One cut a part over all its entries: the `rank` largest and their ties.
  ///
  /// - Parameters:
  ///   - rank: how many to keep; everything if there are not so many.
  ///   - count: entries that are ranked: those of the parts' tensors, and zeros.
  static func wholeModel(_ parts: DeltaParts, rank: Int, count: Int) throws -> TrimPlan {
    guard rank <= count else { return .keepAll }
    let cuts = try (0..<parts.count).map { part in
      let held = parts.tensors.filter { parts.holds($0, part: part) }
      let stretches = held.flatMap { $0.stretches() }
      let zeros = count - held.reduce(0) { $0 + $1.count }
      let found = try magnitudeRank(rank, zeros: zeros) { empty in
        let states = try parallelAccumulate(stretches.count, { empty }) { histogram, index in
          try parts.withValues(of: stretches[index], part: part) { histogram.add($0) }
        }
        return states.dropFirst().reduce(into: states[0]) { $0.add($1) }
      }
      return MagnitudeCut(magnitude: found.magnitude, lastTie: .max)
    }
    return TrimPlan(
      cuts: Dictionary(uniqueKeysWithValues: parts.tensors.map { ($0.name, cuts) }))
  }

  /// One cut a part and tensor that keeps exactly `int(density · n)` entries, of equal magnitudes
  /// those with the lowest indices.
  ///
  /// - Parameter mayKeepNone: whether a tensor may be trimmed away whole.
  /// - Throws: `MergeError.nothingKept` where it may not, read errors.
  static func perTensor(
    _ parts: DeltaParts, density: Double, mayKeepNone: Bool = true
  ) throws -> TrimPlan {
    guard density < 1 else { return .keepAll }
    // The largest first, so that threads finish together.
    let items = parts.tensors.sorted { $0.count > $1.count }.flatMap { tensor in
      (0..<parts.count).map { part in (tensor: tensor, part: part) }
    }
    let cuts = try parallelMap(items.count) { item in
      let (tensor, part) = items[item]
      let kept = Int(density * Double(tensor.count))
      guard kept < tensor.count, parts.holds(tensor, part: part) else {
        return MagnitudeCut.keepAll
      }
      if kept == 0, mayKeepNone { return .keepNone }
      guard kept > 0 else {
        throw MergeError.nothingKept(tensor: tensor.name, count: tensor.count, density: density)
      }
      return try cut(tensor, part: part, of: parts, keeping: kept)
    }
    var plan = TrimPlan.keepAll
    for (item, cut) in zip(items, cuts) { plan.cuts[item.tensor.name, default: []].append(cut) }
    return plan
  }

  private static func cut(
    _ tensor: TensorDescription, part: Int, of parts: DeltaParts, keeping kept: Int
  ) throws -> MagnitudeCut {
    let source = try RepeatedReader(tensor, part: part, of: parts)
    let found = try magnitudeRank(kept) { empty in
      var histogram = empty
      try source.forEachStretch { values, _ in
        histogram.add(values)
        return true
      }
      return histogram
    }
    var tiesLeft = kept - found.larger
    guard tiesLeft < found.equal else {
      return MagnitudeCut(magnitude: found.magnitude, lastTie: .max)
    }
    var lastTie = 0
    try source.forEachStretch { values, offset in
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

  /// Sets the entries that are not kept to zero.
  ///
  /// - Parameter offset: index of the stretch's first element in `tensor`.
  func trim(_ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int) {
    guard let cuts = cuts[tensor] else { return }
    for (part, cut) in zip(parts, cuts) { cut.trim(part, offset: offset) }
  }
}

/// One part's values of a tensor, to be read several times: kept where they are few.
private struct RepeatedReader {
  /// Most values kept: 32 MB a thread.
  private static let mostKept = 1 << 23

  private let parts: DeltaParts
  private let part: Int
  private let stretches: [Stretch]
  private let kept: Tensor?

  init(_ tensor: TensorDescription, part: Int, of parts: DeltaParts) throws {
    self.parts = parts
    self.part = part
    stretches = tensor.stretches()
    guard tensor.count <= Self.mostKept else {
      kept = nil
      return
    }
    let values = Tensor([tensor.count])
    for stretch in stretches {
      try parts.withValues(of: stretch, part: part) {
        _ = UnsafeMutableBufferPointer(rebasing: values.elements[stretch.offset...])
          .update(fromContentsOf: $0)
      }
    }
    kept = values
  }

  /// Calls `body` with successive values and the first one's index, until it returns false.
  func forEachStretch(_ body: (UnsafeBufferPointer<Float>, Int) throws -> Bool) throws {
    for stretch in stretches {
      let goesOn: Bool
      if let kept {
        let range = stretch.offset..<stretch.offset + stretch.count
        goesOn = try body(
          UnsafeBufferPointer(rebasing: kept.elements[range]), stretch.offset)
      } else {
        goesOn = try parts.withValues(of: stretch, part: part) { try body($0, stretch.offset) }
      }
      if !goesOn { return }
    }
  }
}
