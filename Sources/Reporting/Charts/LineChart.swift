/// Values against steps or settings, in one panel or several.
///
/// Panels with the same series have a common legend, others one each. Values that are missing or not finite,
/// and on a logarithmic axis those that are not positive, are gaps.
package struct LineChart: Chart {
  package struct Point: Sendable {
    package var x: Double
    package var y: Double?
    /// Drawn as a band around the line.
    package var interval: ClosedRange<Double>?

    package init(x: Double, y: Double?, interval: ClosedRange<Double>? = nil) {
      self.x = x
      self.y = y
      self.interval = interval
    }
  }

  package struct Series: Sendable {
    package var name: String
    /// In the order of `x`.
    package var points: [Point]

    package init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  /// What an axis shows and how.
  package struct Axis: Sendable {
    package var name: String
    package var unit: ChartUnit
    package var isLogarithmic: Bool

    package init(_ name: String, unit: ChartUnit = .plain, isLogarithmic: Bool = false) {
      self.name = name
      self.unit = unit
      self.isLogarithmic = isLogarithmic
    }
  }

  /// A line across the panel at one value, such as a bound or a choice.
  package struct Guide: Sendable {
    package enum Direction: Sendable {
      /// Level, at a value of y.
      case horizontal
      /// Upright, at a value of x.
      case vertical
    }
    package var direction: Direction
    package var value: Double
    package var name: String

    package init(_ direction: Direction, at value: Double, name: String) {
      self.direction = direction
      self.value = value
      self.name = name
    }
  }

  package struct Panel: Sendable {
    package var title: String
    package var x, y: Axis
    package var series: [Series]
    package var guides: [Guide]

    package init(title: String = "", x: Axis, y: Axis, series: [Series], guides: [Guide] = []) {
      self.title = title
      self.x = x
      self.y = y
      self.series = series
      self.guides = guides
    }
  }

  package let title: String
  package let panels: [Panel]

  package init(title: String, panels: [Panel]) {
    self.title = title
    self.panels = panels
  }

  package func drawing() -> SVGDrawing {
    let names = commonNames
    let width = panels.count > 1 ? 900.0 : 680
    let margin = 16.0
    let legend = Legend(
      names ?? [], showsLines: true, left: margin, top: 36,
      width: width - 2 * margin)
    let columns = panels.count > 1 ? 2 : 1
    let size = (
      width: (width - 2 * margin) / Double(columns), height: panels.count > 1 ? 264.0 : 380
    )
    let top = 44 + legend.height
    var elements: [SVGElement] = [
      .text(
        "heading", TextMetrics.fitted(title, width: width - 2 * margin, size: 15),
        at: Reporting.Point(margin, 24))
    ]
    elements += legend.elements
    for (index, panel) in panels.enumerated() {
      let frame = Frame(
        left: margin + Double(index % columns) * size.width,
        top: top + Double(index / columns) * size.height, width: size.width, height: size.height)
      elements.append(
        PanelDrawing(panel, frame: frame, hasLegend: names == nil && panel.series.count > 1).element
      )
    }
    let rows = (panels.count + columns - 1) / columns
    return SVGDrawing(
      width: width, height: top + Double(rows) * size.height + 4, title: title,
      description: description, elements: elements)
  }

  /// Names of the series if every panel has the same; `nil` if not, and if a single one needs no
  /// name.
  private var commonNames: [String]? {
    guard let names = panels.first?.series.map(\.name), names.count > 1,
      panels.allSatisfy({ $0.series.map(\.name) == names })
    else { return nil }
    return names
  }

  private var description: String {
    let parts = panels.map { panel in
      let rows = panel.series.map { one in
        let shown = one.points.compactMap { point in
          point.y.flatMap { $0.isFinite ? (x: point.x, y: $0) : nil }
        }
        guard let first = shown.first, let last = shown.last else { return "\(one.name): no value" }
        let missing = one.points.count - shown.count
        return "\(one.name): \(panel.y.unit.text(first.y)) at \(panel.x.unit.text(first.x)) to "
          + "\(panel.y.unit.text(last.y)) at \(panel.x.unit.text(last.x)), \(shown.count) points"
          + (missing > 0 ? ", \(missing) without a value" : "")
      }
      let subject = panel.title.isEmpty ? panel.y.name : panel.title
      return "\(subject) against \(panel.x.name). \(rows.joined(separator: "; "))."
    }
    return (["Line chart."] + parts).joined(separator: " ")
  }
}
