/// Places names beside marks without overlaps, one name at a time.
struct LabelPlacement {
  /// The position of a name.
  struct Label {
    /// Left end of the baseline.
    let origin: Point
    /// Where a line from the mark meets the name, for names that are not right beside it.
    let leader: Point?
  }

  private let area: Frame
  private let marks: [Frame]
  /// Lines that a name may cross if it must.
  private let lines: [Frame]
  private var taken: [Frame] = []

  private static let height = 14.0

  /// - Parameters:
  ///   - lines: level and upright lines.
  init(within area: Frame, marks: [Point], lines: [(Point, Point)]) {
    self.area = area
    self.marks = marks.map { Frame(left: $0.x - 5, top: $0.y - 5, width: 10, height: 10) }
    self.lines = lines.map { from, to in
      Frame(
        left: min(from.x, to.x) - 1, top: min(from.y, to.y) - 1, width: abs(from.x - to.x) + 2,
        height: abs(from.y - to.y) + 2)
    }
  }

  /// Takes the best free position for `text`; `nil` if every position would cover a name or a mark.
  mutating func place(_ text: String, beside mark: Point) -> Label? {
    let size = (width: TextMetrics.width(text), height: Self.height)
    var best: (cost: Double, frame: Frame, distance: Double)?
    for distance in [7.0, 14, 24, 38, 56, 80, 110] {
      for (rank, direction) in Self.directions.enumerated() {
        let frame = Frame(
          left: mark.x + direction.x * distance - size.width * (1 - direction.column) / 2,
          top: mark.y + direction.y * distance - size.height * (1 - direction.row) / 2,
          width: size.width, height: size.height)
        guard area.contains(frame), !isCovering(frame) else { continue }
        let crossed = lines.reduce(0.0) { $0 + $1.overlap(frame) }
        let cost = distance + Double(rank) + crossed / 1.5
        if cost < best?.cost ?? .infinity { best = (cost, frame, distance) }
      }
    }
    guard let best else { return nil }
    taken.append(best.frame)
    let frame = best.frame
    let nearest = Point(
      max(frame.left, min(mark.x, frame.right)), max(frame.top, min(mark.y, frame.bottom)))
    return Label(
      origin: Point(frame.left, frame.bottom - 3.5), leader: best.distance > 14 ? nearest : nil)
  }

  private func isCovering(_ frame: Frame) -> Bool {
    taken.contains { $0.overlap(frame) > 0 } || marks.contains { $0.overlap(frame) > 0 }
  }

  /// Where a name may stand to its mark, best first: the step away from it, and whether the name
  /// begins (1), is centred (0) or ends (−1) there, across and down.
  private static let directions: [(x: Double, y: Double, column: Double, row: Double)] = [
    (1, 0, 1, 0), (-1, 0, -1, 0), (0.7, -0.7, 1, -1), (0.7, 0.7, 1, 1), (-0.7, -0.7, -1, -1),
    (-0.7, 0.7, -1, 1), (0, -1, 0, -1), (0, 1, 0, 1),
  ]
}
