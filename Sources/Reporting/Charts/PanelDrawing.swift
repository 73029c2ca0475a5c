/// One panel of a line chart as shapes.
struct PanelDrawing {
  private let panel: LineChart.Panel
  private let legend: Legend
  private let frame: Frame
  private let plot: Frame
  private let xScale, yScale: AxisScale

  init(_ panel: LineChart.Panel, frame: Frame, hasLegend: Bool) {
    self.panel = panel
    self.frame = frame
    legend = Legend(
      hasLegend ? panel.series.map(\.name) : [], showsLines: true, left: frame.left,
      top: frame.top + 18, width: frame.width - 24)
    let points = panel.series.flatMap(\.points)
    let upright = panel.guides.filter { $0.direction == .vertical }.map(\.value)
    let level = panel.guides.filter { $0.direction == .horizontal }.map(\.value)
    let values = points.flatMap { point in
      [point.y].compactMap { $0 }
        + (point.interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    xScale = Self.scale(panel.x, points.map(\.x) + upright, isTight: true)
    yScale = Self.scale(panel.y, values + level, isTight: false)
    let labels = yScale.ticks.map { TextMetrics.width($0.text, size: 11) }.max() ?? 0
    let top = frame.top + legend.height + (panel.title.isEmpty ? 22 : 42)
    plot = Frame(
      left: frame.left + labels + 10, top: top, width: frame.width - labels - 34,
      height: frame.bottom - 42 - top)
  }

  private static func scale(
    _ axis: LineChart.Axis, _ values: [Double], isTight: Bool
  ) -> AxisScale {
    axis.isLogarithmic
      ? AxisScale(logarithmic: values, unit: axis.unit)
      : AxisScale(linear: values, unit: axis.unit, isTight: isTight)
  }

  var element: SVGElement {
    var children: [SVGElement] = []
    if !panel.title.isEmpty {
      children.append(
        .text(
          "subheading", TextMetrics.fitted(panel.title, width: frame.width - 24, size: 13),
          at: Point(frame.left, frame.top + 14)))
    }
    children.append(
      .text("tick", panel.y.name, at: Point(frame.left, plot.top - 11)))
    children.append(
      .text("tick", panel.x.name, at: Point(plot.right, plot.bottom + 32), anchor: .end))
    children += legend.elements + [axes] + panel.guides.map(guide)
    children += panel.series.enumerated().map(shapes)
    return .group("panel", children)
  }

  /// Where a point of the panel is; `nil` where the scale has no place for it.
  private func place(_ x: Double, _ y: Double) -> Point? {
    guard let across = xScale.position(x), let up = yScale.position(y) else { return nil }
    return Point(plot.left + across * plot.width, plot.bottom - up * plot.height)
  }

  private var axes: SVGElement {
    var children: [SVGElement] = []
    for tick in yScale.ticks {
      guard let share = yScale.position(tick.value) else { continue }
      let y = plot.bottom - share * plot.height
      children.append(.line("grid", from: Point(plot.left, y), to: Point(plot.right, y)))
      children.append(.text("tick", tick.text, at: Point(plot.left - 6, y + 4), anchor: .end))
    }
    for tick in xScale.ticks {
      guard let share = xScale.position(tick.value) else { continue }
      let x = plot.left + share * plot.width
      children.append(.line("axis", from: Point(x, plot.bottom), to: Point(x, plot.bottom + 4)))
      children.append(.text("tick", tick.text, at: Point(x, plot.bottom + 17), anchor: .middle))
    }
    children.append(
      .line("axis", from: Point(plot.left, plot.bottom), to: Point(plot.right, plot.bottom)))
    return .group("scale", children)
  }

  private func guide(_ guide: LineChart.Guide) -> SVGElement {
    switch guide.direction {
    case .horizontal:
      guard let share = yScale.position(guide.value) else { return .group("scale", []) }
      let y = plot.bottom - share * plot.height
      return .group(
        "scale",
        [
          .line("guide", from: Point(plot.left, y), to: Point(plot.right, y)),
          .text("tick halo", guide.name, at: Point(plot.right, y - 4), anchor: .end),
        ])
    case .vertical:
      guard let share = xScale.position(guide.value) else { return .group("scale", []) }
      let x = plot.left + share * plot.width
      let isRight = share > 0.6
      return .group(
        "scale",
        [
          .line("guide", from: Point(x, plot.top), to: Point(x, plot.bottom)),
          .text(
            "tick halo", guide.name, at: Point(x + (isRight ? -5 : 5), plot.top + 9),
            anchor: isRight ? .end : .start),
        ])
    }
  }

  // MARK: Series

  private func shapes(_ index: Int, _ series: LineChart.Series) -> SVGElement {
    let style = SeriesStyle(index: index)
    var children: [SVGElement] = []
    for run in runs(of: series) {
      if let band = band(run) { children.append(band) }
      let points = Self.thinned(run.map(\.place))
      if points.count > 1 { children.append(.polyline("line \(style.dash)", points)) }
    }
    let all = runs(of: series).flatMap { $0 }
    // A line of many points keeps a few marks, enough to tell it from the others.
    let stride = all.count <= 24 ? 1 : all.count / 6
    for (index, one) in all.enumerated() where (index + stride / 2) % stride == 0 {
      let text = "\(panel.x.unit.text(one.point.x)): \(one.point.y.map(panel.y.unit.text) ?? "")"
      children.append(
        style.mark(at: one.place, radius: 3.5, tooltip: "\(series.name), \(text)"))
    }
    return .group(style.color, children)
  }

  /// Stretches of points that have places.
  private func runs(
    of series: LineChart.Series
  ) -> [[(point: LineChart.Point, place: Point)]] {
    var runs: [[(point: LineChart.Point, place: Point)]] = [[]]
    for point in series.points {
      if let y = point.y, let place = place(point.x, y) {
        runs[runs.count - 1].append((point, place))
      } else {
        runs.append([])
      }
    }
    return runs.filter { !$0.isEmpty }
  }

  /// The area between the ends of the intervals; none unless every point has one.
  private func band(_ run: [(point: LineChart.Point, place: Point)]) -> SVGElement? {
    let ends = run.compactMap { one -> (low: Point, high: Point)? in
      guard let interval = one.point.interval,
        let low = place(one.point.x, interval.lowerBound),
        let high = place(one.point.x, interval.upperBound)
      else { return nil }
      return (low, high)
    }
    guard ends.count == run.count, ends.count > 1 else { return nil }
    return .polyline("area", ends.map(\.high) + ends.map(\.low).reversed(), closed: true)
  }

  /// At most four points for each pixel column: what falls into one column cannot be seen apart.
  ///
  /// The first, lowest, highest and last point of a column keep every peak.
  static func thinned(_ points: [Point]) -> [Point] {
    guard points.count > 1000 else { return points }
    var result: [Point] = []
    var start = 0
    while start < points.count {
      let column = points[start].x.rounded(.down)
      var end = start + 1
      while end < points.count, points[end].x.rounded(.down) == column { end += 1 }
      let indices = start..<end
      let low = indices.min { points[$0].y < points[$1].y } ?? start
      let high = indices.max { points[$0].y < points[$1].y } ?? start
      for index in Set([start, low, high, end - 1]).sorted() { result.append(points[index]) }
      start = end
    }
    return result
  }
}
