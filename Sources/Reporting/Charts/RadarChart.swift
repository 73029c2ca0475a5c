import Formats
import Foundation

/// Several variants over the same axes, such as toxicity over demographic groups.
///
/// Fewer than three axes span no area, so they are drawn as bars. A value that is missing or not
/// finite is a gap in its variant's line.
package struct RadarChart: Chart {
  package struct Series: Sendable {
    package var name: String
    /// One for each axis.
    package var values: [Double?]

    package init(name: String, values: [Double?]) {
      self.name = name
      self.values = values
    }
  }

  package let title: String
  package let axes: [String]
  package let series: [Series]
  package let unit: ChartUnit

  package init(title: String, axes: [String], series: [Series], unit: ChartUnit = .percent) {
    for one in series {
      precondition(
        one.values.count == axes.count,
        "\(one.name): \(one.values.count) values for \(axes.count) axes")
    }
    self.title = title
    self.axes = axes
    self.series = series.map { one in
      Series(name: one.name, values: one.values.map { $0.flatMap { $0.isFinite ? $0 : nil } })
    }
    self.unit = unit
  }

  package func drawing() -> SVGDrawing {
    guard axes.count >= 3 else { return bars.drawing() }
    let labels = axisLabels
    let scale = AxisScale(
      linear: series.flatMap { $0.values.compactMap { $0 } }, unit: unit, includesZero: true,
      count: 4)
    let legend = Legend(
      series.map(\.name), showsLines: true, left: Self.margin,
      top: center.y + radius + outside, width: width - 2 * Self.margin)
    let heading = SVGElement.text(
      "heading", TextMetrics.fitted(title, width: width - 2 * Self.margin, size: 15),
      at: Point(Self.margin, 24))
    return SVGDrawing(
      width: width, height: center.y + radius + outside + legend.height + 12,
      title: title, description: description,
      elements: [heading] + grid(scale) + labels + shapes(scale) + ringLabels(scale)
        + legend.elements)
  }

  private var bars: BarChart {
    BarChart(
      title: title, groups: axes,
      series: series.map { one in
        BarChart.Series(name: one.name, bars: one.values.map { $0.map { BarChart.Bar($0) } })
      }, unit: unit)
  }

  // MARK: Geometry

  private static let margin = 16.0
  /// Many names need a longer circumference.
  private var isCrowded: Bool { axes.count > 20 }
  private var width: Double { isCrowded ? 820 : 680 }
  private var radius: Double { isCrowded ? 228 : 190 }
  /// Room for the labels below and above the circle.
  private var outside: Double {
    24 + 14 * Double(axes.indices.filter(isEnd).map { endLines($0).count }.max() ?? 1)
  }

  private var center: Point { Point(width / 2, 34 + outside + radius) }

  /// A place on axis `index` (clockwise from the top), `radius` pixels from the centre.
  private func point(_ index: Int, radius: Double) -> Point {
    let angle = 2 * Double.pi * Double(index) / Double(axes.count)
    return Point(
      center.x + radius * PortableMath.sin(angle), center.y - radius * PortableMath.cos(angle))
  }

  private func point(_ index: Int, _ value: Double, _ scale: AxisScale) -> Point {
    point(index, radius: radius * (scale.position(value) ?? 0))
  }

  // MARK: Parts

  private func grid(_ scale: AxisScale) -> [SVGElement] {
    let rings = scale.ticks.compactMap { tick -> SVGElement? in
      guard let share = scale.position(tick.value), share > 0.001 else { return nil }
      return .circle("grid", center: center, radius: radius * share)
    }
    let spokes = axes.indices.map {
      SVGElement.line("grid", from: center, to: point($0, radius: radius))
    }
    return [.group("scale", rings + spokes)]
  }

  /// Between the first two axes, on top of the shapes.
  private func ringLabels(_ scale: AxisScale) -> [SVGElement] {
    let angle = Double.pi / Double(axes.count)
    return scale.ticks.compactMap { tick in
      guard let share = scale.position(tick.value), share > 0.001 else { return nil }
      let distance = radius * share
      let place = Point(
        center.x + distance * PortableMath.sin(angle),
        center.y - distance * PortableMath.cos(angle) + 4)
      return .text("tick halo", tick.text, at: place, anchor: .middle)
    }
  }

  private func shapes(_ scale: AxisScale) -> [SVGElement] {
    series.enumerated().map { index, one in
      let style = SeriesStyle(index: index)
      let runs = runs(one.values)
      var children: [SVGElement] = []
      for run in runs {
        let points = run.compactMap { axis in one.values[axis].map { point(axis, $0, scale) } }
        let isWhole = run.count == axes.count
        if isWhole, series.count <= 4 {
          children.append(.polyline("area", points, closed: true))
        }
        if points.count > 1 {
          children.append(.polyline("line \(style.dash)", points, closed: isWhole))
        }
      }
      for (axis, value) in one.values.enumerated() {
        guard let value else { continue }
        children.append(
          style.mark(
            at: point(axis, value, scale), radius: 3.5,
            tooltip: "\(one.name), \(axes[axis]): \(unit.text(value))"))
      }
      return .group(style.color, children)
    }
  }

  /// Stretches of neighbouring axes that have values, around the circle.
  private func runs(_ values: [Double?]) -> [[Int]] {
    guard let gap = values.firstIndex(where: { $0 == nil }) else { return [Array(axes.indices)] }
    var runs: [[Int]] = []
    var run: [Int] = []
    for step in 1...axes.count {
      let axis = (gap + step) % axes.count
      if values[axis] != nil {
        run.append(axis)
      } else if !run.isEmpty {
        runs.append(run)
        run = []
      }
    }
    return runs
  }

  // MARK: Labels around the circle

  /// Names of the axes, wrapped; those of one side are moved apart, with a line to their axis where
  /// they end up far from it.
  private var axisLabels: [SVGElement] {
    let right = axes.indices.filter { !isEnd($0) && 2 * $0 < axes.count }
    let left = axes.indices.filter { !isEnd($0) && 2 * $0 > axes.count }
    return axes.indices.filter(isEnd).map(endLabel) + side(right, direction: 1)
      + side(left, direction: -1)
  }

  /// Whether the axis points straight up or down.
  private func isEnd(_ axis: Int) -> Bool { axis == 0 || 2 * axis == axes.count }

  /// The name of an axis that points up or down, as narrow as its neighbours ask for.
  private func endLines(_ axis: Int) -> [String] {
    let room = 2 * radius * PortableMath.sin(2 * Double.pi / Double(axes.count)) - 12
    return TextMetrics.wrapped(axes[axis], width: max(70, min(room, 200)), lines: 3)
  }

  private func endLabel(_ axis: Int) -> SVGElement {
    let lines = endLines(axis)
    let tip = point(axis, radius: radius)
    let first =
      tip.y < center.y ? tip.y - 10 - 14 * Double(lines.count - 1) : tip.y + 20
    return label(axis, lines, first: Point(tip.x, first), anchor: .middle)
  }

  private func side(_ members: [Int], direction: Double) -> [SVGElement] {
    let room = width / 2 - radius - 18 - Self.margin
    let lines = members.map {
      TextMetrics.wrapped(axes[$0], width: room, lines: isCrowded ? 2 : 3)
    }
    let anchors = members.map { point($0, radius: radius + 14) }
    let centers = Spreading.centers(
      wanted: anchors.map(\.y), sizes: lines.map { Double($0.count) * 14 + 3 },
      within: (center.y - radius - 30)...(center.y + radius + 40))
    return members.indices.flatMap { index -> [SVGElement] in
      let height = abs(centers[index] - center.y)
      let outer = radius + 14
      // The circle's width at the label's height keeps the label outside of it.
      let reach = height < outer ? (outer * outer - height * height).squareRoot() : 0
      let x = center.x + direction * max(reach, min(abs(anchors[index].x - center.x), outer))
      let first = centers[index] - 7 * Double(lines[index].count - 1) + 4
      let text = label(
        members[index], lines[index], first: Point(x, first),
        anchor: direction > 0 ? .start : .end)
      guard abs(centers[index] - anchors[index].y) > 9 else { return [text] }
      let leader = SVGElement.line(
        "leader", from: point(members[index], radius: radius + 2),
        to: Point(x - 3 * direction, centers[index]))
      return [leader, text]
    }
  }

  private func label(
    _ axis: Int, _ lines: [String], first: Point, anchor: SVGElement.Anchor
  ) -> SVGElement {
    let texts = lines.enumerated().map { index, line in
      SVGElement.text("", line, at: Point(first.x, first.y + 14 * Double(index)), anchor: anchor)
    }
    let isCut = lines.contains { $0.hasSuffix("…") }
    return .group("axis-label", (isCut ? [.tooltip(axes[axis])] : []) + texts)
  }

  // MARK: In words

  private var description: String {
    let rows = series.map { one in
      let values = zip(axes, one.values).map { axis, value in
        "\(axis) \(value.map(unit.text) ?? "no value")"
      }
      return "\(one.name): \(values.joined(separator: ", "))."
    }
    return (["Radar chart of \(series.count) variants over \(axes.count) axes."] + rows)
      .joined(separator: " ")
  }
}
