/// Horizontal bars of several variants per group, with intervals if given.
package struct BarChart: Chart {
  /// One value and the interval around it.
  package struct Bar: Sendable {
    package var value: Double
    package var interval: ClosedRange<Double>?

    package init(_ value: Double, interval: ClosedRange<Double>? = nil) {
      self.value = value
      self.interval = interval
    }

    fileprivate var isFinite: Bool {
      value.isFinite
        && (interval.map { $0.lowerBound.isFinite && $0.upperBound.isFinite } ?? true)
    }
  }

  package struct Series: Sendable {
    package var name: String
    /// One per group; `nil` for a missing value.
    package var bars: [Bar?]

    package init(name: String, bars: [Bar?]) {
      self.name = name
      self.bars = bars
    }
  }

  package let title: String
  package let groups: [String]
  package let series: [Series]
  package let unit: ChartUnit
  /// Explains the intervals; printed below the axis.
  package let note: String

  package init(
    title: String, groups: [String], series: [Series], unit: ChartUnit = .percent,
    note: String = ""
  ) {
    for one in series {
      precondition(
        one.bars.count == groups.count,
        "\(one.name): \(one.bars.count) bars for \(groups.count) groups")
    }
    self.title = title
    self.groups = groups
    self.series = series.map { one in
      Series(name: one.name, bars: one.bars.map { $0.flatMap { $0.isFinite ? $0 : nil } })
    }
    self.unit = unit
    self.note = note
  }

  package func drawing() -> SVGDrawing {
    let legend = Legend(
      series.count > 1 ? series.map(\.name) : [], showsLines: false, left: Self.margin, top: 36,
      width: Self.width - 2 * Self.margin)
    let top = 44 + legend.height
    let plot = Frame(
      left: Self.margin + labelWidth + 8, top: top,
      width: Self.width - 2 * Self.margin - labelWidth - 8 - Self.valueWidth,
      height: Double(groups.count) * groupHeight)
    let ends = series.flatMap { one in
      one.bars.compactMap { $0 }.flatMap { bar in
        [bar.value] + (bar.interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
      }
    }
    let scale = AxisScale(linear: ends, unit: unit, includesZero: true, count: 6)
    let heading = SVGElement.text(
      "heading", TextMetrics.fitted(title, width: Self.width - 2 * Self.margin, size: 15),
      at: Point(Self.margin, 24))
    let footer = SVGElement.text(
      "tick", note, at: Point(plot.right, plot.bottom + 36), anchor: .end)
    return SVGDrawing(
      width: Self.width, height: plot.bottom + (note.isEmpty ? 30 : 48), title: title,
      description: description,
      elements: [heading] + legend.elements + grid(scale, plot)
        + groups.indices.flatMap { rows($0, scale, plot) } + (note.isEmpty ? [] : [footer]))
  }

  // MARK: Geometry

  private static let width = 680.0
  private static let margin = 16.0
  /// Room right of the plot for the last value.
  private static let valueWidth = 48.0

  private var barHeight: Double { series.count > 4 ? 12.5 : 14 }
  private var groupHeight: Double { Double(max(series.count, 1)) * barHeight + 10 }
  private var labelWidth: Double {
    min(220, groups.map { TextMetrics.width($0) }.max() ?? 0)
  }

  private func x(_ value: Double, _ scale: AxisScale, _ plot: Frame) -> Double {
    plot.left + plot.width * (scale.position(value) ?? 0)
  }

  // MARK: Parts

  private func grid(_ scale: AxisScale, _ plot: Frame) -> [SVGElement] {
    let lines = scale.ticks.flatMap { tick -> [SVGElement] in
      let x = x(tick.value, scale, plot)
      return [
        .line(
          tick.value == 0 ? "axis" : "grid", from: Point(x, plot.top), to: Point(x, plot.bottom)),
        .text("tick", tick.text, at: Point(x, plot.bottom + 16), anchor: .middle),
      ]
    }
    return [.group("scale", lines)]
  }

  private func rows(_ group: Int, _ scale: AxisScale, _ plot: Frame) -> [SVGElement] {
    let top = plot.top + Double(group) * groupHeight + 5
    let lines = TextMetrics.wrapped(
      groups[group], width: labelWidth, lines: groupHeight >= 32 ? 2 : 1)
    let middle = top + (groupHeight - 10) / 2
    var elements = lines.enumerated().map { index, line in
      SVGElement.text(
        "", line,
        at: Point(plot.left - 8, middle + 4 + 14 * (Double(index) - Double(lines.count - 1) / 2)),
        anchor: .end)
    }
    for (index, one) in series.enumerated() {
      let y = top + (Double(index) + 0.5) * barHeight
      let style = SeriesStyle(index: index)
      guard let bar = one.bars[group] else {
        elements.append(
          .text("tick", "no value", at: Point(x(0, scale, plot) + 4, y + 4)))
        continue
      }
      elements.append(.group(style.color, shapes(bar, one, group, style, y, scale, plot)))
    }
    return elements
  }

  private func shapes(
    _ bar: Bar, _ one: Series, _ group: Int, _ style: SeriesStyle, _ y: Double,
    _ scale: AxisScale, _ plot: Frame
  ) -> [SVGElement] {
    let (zero, end) = (x(0, scale, plot), x(bar.value, scale, plot))
    let thickness = barHeight - 4
    var elements = [
      SVGElement.rectangle(
        "bar",
        Frame(
          left: min(zero, end), top: y - thickness / 2, width: abs(end - zero), height: thickness),
        tooltip: "\(one.name), \(groups[group]): \(text(bar))")
    ]
    var right = max(end, zero)
    if let interval = bar.interval {
      let (low, high) = (x(interval.lowerBound, scale, plot), x(interval.upperBound, scale, plot))
      let data =
        SVGElement.pathData([Point(low, y), Point(high, y)])
        + SVGElement.pathData([Point(low, y - 3), Point(low, y + 3)])
        + SVGElement.pathData([Point(high, y - 3), Point(high, y + 3)])
      elements.append(.path("whisker", data))
      right = max(right, high)
    }
    elements.append(style.mark(at: Point(end, y), radius: 3))
    elements.append(.text("tick halo", unit.text(bar.value), at: Point(right + 7, y + 4)))
    return elements
  }

  // MARK: In words

  private func text(_ bar: Bar) -> String {
    guard let interval = bar.interval else { return unit.text(bar.value) }
    let (low, high) = (unit.text(interval.lowerBound), unit.text(interval.upperBound))
    return "\(unit.text(bar.value)) (\(low) to \(high))"
  }

  private var description: String {
    let rows = series.map { one in
      let values = zip(groups, one.bars).map { group, bar in
        "\(group) \(bar.map(text) ?? "no value")"
      }
      return "\(one.name): \(values.joined(separator: ", "))."
    }
    let first = "Bar chart of \(series.count) variants over \(groups.count) groups."
    return ([first] + rows + (note.isEmpty ? [] : [note])).joined(separator: " ")
  }
}
