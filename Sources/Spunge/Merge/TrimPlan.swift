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
    return try largest(parts) { tensor in
      let kept = Int(density * Double(tensor.count))
      guard kept > 0 || mayKeepNone else {
        throw MergeError.nothingKept(tensor: tensor.name, count: tensor.count, density: density)
      }
      return kept
    }
  }

  /// One cut a part and tensor that keeps exactly `count(tensor)` entries, of equal magnitudes those
  /// with the lowest indices.
  ///
  /// - Throws: read errors, what `count` throws.
  static func largest(
    _ parts: DeltaParts, _ count: @Sendable (TensorDescription) throws -> Int
  ) throws -> TrimPlan {
    // The largest first, so that threads finish together.
    let items = parts.tensors.sorted { $0.count > $1.count }.flatMap { tensor in
      (0..<parts.count).map { part in (tensor: tensor, part: part) }
    }
    let cuts = try parallelMap(items.count) { item in
      let (tensor, part) = items[item]
      guard parts.holds(tensor, part: part) else { return MagnitudeCut.keepAll }
      let kept = try count(tensor)
      return try MagnitudeCut.keeping(kept, of: tensor) { stretch, body in
        try parts.withValues(of: stretch, part: part, body)
      }
    }
    var plan = TrimPlan.keepAll
    for (item, cut) in zip(items, cuts) { plan.cuts[item.tensor.name, default: []].append(cut) }
    return plan
  }

  /// Sets the entries that are not kept to zero.
  ///
  /// - Parameter offset: index of the stretch's first element in `tensor`.
  func trim(_ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int) {
    guard let cuts = cuts[tensor] else { return }
    for (part, cut) in zip(parts, cuts) { cut.trim(part, offset: offset) }
  }

  /// Sets the entries that are kept to zero.
  ///
  /// - Parameter offset: index of the stretch's first element in `tensor`.
  func drop(_ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int) {
    guard let cuts = cuts[tensor] else { return }
    for (part, cut) in zip(parts, cuts) { cut.drop(part, offset: offset) }
  }
}
