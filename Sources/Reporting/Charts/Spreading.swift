/// Moves labels along a line as little as possible so that they do not overlap.
enum Spreading {
  /// New centres of labels that want to be at `wanted`, in the order given.
  ///
  /// Pools neighbours that would touch and puts each pool where its members' mean wish is, which
  /// is the smallest sum of squared moves.
  /// - Parameters:
  ///   - sizes: extent of each label along the line, space around it included.
  ///   - range: where the line begins and ends; ignored when the labels do not fit.
  static func centers(
    wanted: [Double], sizes: [Double], within range: ClosedRange<Double>
  ) -> [Double] {
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    var pools: [Pool] = []
    for index in order {
      var pool = Pool(members: [index], size: sizes[index], start: wanted[index] - sizes[index] / 2)
      pool.settle(within: range)
      while let last = pools.last, last.start + last.size > pool.start {
        pools.removeLast()
        pool = last.joined(with: pool)
        pool.settle(within: range)
      }
      pools.append(pool)
    }
    var centers = wanted
    for pool in pools {
      var position = pool.start
      for index in pool.members {
        centers[index] = position + sizes[index] / 2
        position += sizes[index]
      }
    }
    return centers
  }

  /// Labels that lie edge to edge.
  private struct Pool {
    var members: [Int]
    var size: Double
    /// Where the pool begins.
    var start: Double

    /// The start that each member would like, averaged over the members.
    func joined(with next: Pool) -> Pool {
      let (own, other) = (Double(members.count), Double(next.members.count))
      let wish = (own * start + other * (next.start - size)) / (own + other)
      return Pool(members: members + next.members, size: size + next.size, start: wish)
    }

    mutating func settle(within range: ClosedRange<Double>) {
      start = max(range.lowerBound, min(start, range.upperBound - size))
    }
  }
}
