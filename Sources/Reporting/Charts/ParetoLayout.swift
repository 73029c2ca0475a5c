/// The plot of a Pareto chart: axes, front, marks, and labels that do not cover one another.
struct ParetoLayout {
  let plot: Frame
  private(set) var elements: [SVGElement] = []
  /// What the plot could not show.
  private(set) var notes: [String] = []

  private let chart: ParetoChart
  private let xScale, yScale: AxisScale

  init(_ chart: ParetoChart, top: Double, width: Double) {
    self.chart = chart
    xScale = Self.scale(chart.x, chart.entries.flatMap { Self.ends($0.x, $0.xInterval) })
    yScale = Self.scale(chart.y, chart.entries.flatMap { Self.ends($0.y, $0.yInterval) })
    let labels = yScale.ticks.map { TextMetrics.width($0.text, size: 11) }.max() ?? 0
    plot = Frame(left: 24 + labels, top: top, width: width - labels - 48, height: 380)
    elements = [axes] + stairs.map { .polyline("front", $0) }
    let names = chart.seriesNames
    let places = chart.entries.map { place($0.x, $0.y) }
    var marks: [SVGElement] = []
    for (entry, place) in zip(chart.entries, places) {
      let style = SeriesStyle(index: names.firstIndex(of: entry.series) ?? 0)
      let mark = style.mark(at: place, radius: 4.5, tooltip: chart.text(entry))
      let kind = chart.isDominated(entry) ? "\(style.color) dominated" : style.color
      marks.append(.group(kind, whiskers(entry, at: place) + [mark]))
    }
    elements += marks
    addLabels(places)
    if chart.entries.contains(where: chart.isDominated) {
      notes.append("Pale marks: another model is better in one aim and no worse in the other.")
    }
    if !chart.leftOut.isEmpty {
      notes.append("Without a place on the axes: \(chart.leftOut.joined(separator: ", ")).")
    }
  }

  private static func ends(_ value: Double, _ interval: ClosedRange<Double>?) -> [Double] {
    [value] + (interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
  }

  private static func scale(_ axis: ParetoChart.Axis, _ values: [Double]) -> AxisScale {
    axis.isLogarithmic
      ? AxisScale(logarithmic: values, unit: axis.unit)
      : AxisScale(linear: values + margins(values), unit: axis.unit, isTight: true)
  }

  /// Values a little beyond the outermost, so that marks and names stay off the edges.
  private static func margins(_ values: [Double]) -> [Double] {
    guard let low = values.min(), let high = values.max() else { return [] }
    let margin = 0.07 * (high / 2 - low / 2) * 2
    return [low - margin, high + margin]
  }

  private func place(_ x: Double, _ y: Double) -> Point {
    Point(
      plot.left + (xScale.position(x) ?? 0) * plot.width,
      plot.bottom - (yScale.position(y) ?? 0) * plot.height)
  }

  // MARK: Axes and front

  private var axes: SVGElement {
    var children: [SVGElement] = []
    for tick in yScale.ticks {
      let y = plot.bottom - (yScale.position(tick.value) ?? 0) * plot.height
      children.append(.line("grid", from: Point(plot.left, y), to: Point(plot.right, y)))
      children.append(.text("tick", tick.text, at: Point(plot.left - 7, y + 4), anchor: .end))
    }
    for tick in xScale.ticks {
      let x = plot.left + (xScale.position(tick.value) ?? 0) * plot.width
      children.append(.line("grid", from: Point(x, plot.top), to: Point(x, plot.bottom)))
      children.append(.text("tick", tick.text, at: Point(x, plot.bottom + 17), anchor: .middle))
    }
    let (x, y) = (chart.x, chart.y)
    children.append(
      .text(
        "", "\(y.name) (\(y.higherIsBetter ? "↑" : "↓") better)",
        at: Point(16, plot.top - 14)))
    children.append(
      .text(
        "", "\(x.name) (\(x.higherIsBetter ? "→" : "←") better)",
        at: Point(plot.right, plot.bottom + 36), anchor: .end))
    return .group("scale", children)
  }

  /// Stairs through each front: what is attained at each x.
  private var stairs: [[Point]] {
    chart.fronts.map { front in
      var points: [Point] = []
      for entry in front {
        let next = place(entry.x, entry.y)
        if let last = points.last { points.append(Point(next.x, last.y)) }
        points.append(next)
      }
      return points
    }
  }

  /// The entry's intervals as crossing lines, kept inside the plot.
  private func whiskers(_ entry: ParetoChart.Entry, at place: Point) -> [SVGElement] {
    var data = ""
    func stroke(_ from: Point, _ to: Point) { data += SVGElement.pathData([from, to]) }
    if let interval = entry.xInterval {
      let ends = [interval.lowerBound, interval.upperBound].map { self.place($0, entry.y) }
      stroke(ends[0], ends[1])
      for end in ends { stroke(Point(end.x, end.y - 3), Point(end.x, end.y + 3)) }
    }
    if let interval = entry.yInterval {
      let ends = [interval.lowerBound, interval.upperBound].map { self.place(entry.x, $0) }
      stroke(ends[0], ends[1])
      for end in ends { stroke(Point(end.x - 3, end.y), Point(end.x + 3, end.y)) }
    }
    return data.isEmpty ? [] : [.path("whisker", data)]
  }

  // MARK: Labels

  private mutating func addLabels(_ places: [Point]) {
    // The front gets its labels first, since these are read first.
    let order = places.indices.sorted {
      let ranks = (chart.isDominated(chart.entries[$0]), chart.isDominated(chart.entries[$1]))
      return ranks.0 != ranks.1 ? ranks.1 : $0 < $1
    }
    var placement = LabelPlacement(
      within: Frame(
        left: plot.left, top: plot.top - 8, width: plot.width + 16, height: plot.height + 12),
      marks: places, lines: lines(places))
    var missing: [String] = []
    for index in order {
      let name = TextMetrics.fitted(chart.entries[index].name, width: 220)
      guard let label = placement.place(name, beside: places[index]) else {
        missing.append(chart.entries[index].name)
        continue
      }
      if let leader = label.leader {
        elements.append(.line("leader", from: places[index], to: leader))
      }
      elements.append(.text("halo", name, at: label.origin))
    }
    if !missing.isEmpty {
      notes.append("No room for the names of: \(missing.joined(separator: ", ")).")
    }
  }

  /// What labels should keep clear of: the stairs and the intervals.
  private func lines(_ places: [Point]) -> [(Point, Point)] {
    var lines = stairs.flatMap { zip($0, $0.dropFirst()) }
    for entry in chart.entries {
      if let interval = entry.xInterval {
        lines.append((place(interval.lowerBound, entry.y), place(interval.upperBound, entry.y)))
      }
      if let interval = entry.yInterval {
        lines.append((place(entry.x, interval.lowerBound), place(entry.x, interval.upperBound)))
      }
    }
    return lines
  }
}
