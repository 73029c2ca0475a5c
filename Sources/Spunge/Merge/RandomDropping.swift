import Tensors

/// Sets entries to zero at random and divides the others by the share that is kept.
struct RandomDropping: Sendable {
  private let density: Double
  /// One a part.
  private let sources: [RandomSource]

  init(_ parts: DeltaParts, density: Double, seed: Int) {
    self.density = density
    sources = parts.randomSources(seed: seed)
  }

  /// - Parameter offset: index of the stretch's first element in `tensor`.
  func drop(_ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int) {
    guard density < 1 else { return }
    for (part, source) in zip(parts, sources) {
      let random = IndexedRandom(source.child(named: tensor))
      for index in part.indices {
        let isKept = random.uniform(at: offset + index) < density
        part[index] = isKept ? Float(Double(part[index]) / density) : 0
      }
    }
  }
}

extension DeltaParts {
  /// One source of random numbers a part, by its name.
  func randomSources(seed: Int) -> [RandomSource] {
    let random = RandomSource(seed: UInt64(bitPattern: Int64(seed)))
    var seen: [String: Int] = [:]
    return parts.map { part in
      // Parts of one name must not lose the same entries.
      let number = seen[part.name, default: 0]
      seen[part.name] = number + 1
      return random.child(named: part.name).child(named: "\(number)")
    }
  }
}
