/// A table of values as colours, such as the share of sign conflicts in each group of tensors.
package struct HeatMap: Chart {
  /// What the colours mean.
  package enum Ramp: Sendable, Hashable {
    /// From a pale least to a strong greatest value.
    case sequential(ClosedRange<Double>)
    /// From −limit over a pale 0 to +limit in two hues.
    case diverging(limit: Double)
  }

  package let title: String
  package let rows: [String]
  package let columns: [String]
  /// One array for each row; values beyond the ramp have the colour of its end.
  package let values: [[Double?]]
  package let unit: ChartUnit
  package let ramp: Ramp
  /// What the values are, printed below the title.
  package let note: String

  package init(
    title: String, rows: [String], columns: [String], values: [[Double?]], unit: ChartUnit,
    ramp: Ramp, note: String = ""
  ) {
    precondition(
      values.count == rows.count && values.allSatisfy { $0.count == columns.count },
      "\(title): values are not \(rows.count) × \(columns.count)")
    self.title = title
    self.rows = rows
    self.columns = columns
    self.values = values.map { $0.map { $0.flatMap { $0.isFinite ? $0 : nil } } }
    self.unit = unit
    self.ramp = ramp
    self.note = note
  }

  package func drawing() -> SVGDrawing {
    let plot = self.plot
    let width = max(plot.right + 24, 420)
    let heading = SVGElement.text(
      "heading", TextMetrics.fitted(title, width: width - 32, size: 15), at: Point(16, 24))
    return SVGDrawing(
      width: width, height: plot.bottom + 56, title: title, description: description,
      elements: [heading] + subheading(width) + columnLabels + rowLabels + [cells] + colorBar)
  }

  // MARK: Geometry

  private var rowLabelWidth: Double {
    min(260, rows.map { TextMetrics.width($0) }.max() ?? 0)
  }
  private var cellHeight: Double { rows.count > 60 ? 8 : rows.count > 32 ? 14 : 24 }
  private var cellWidth: Double {
    let texts = values.joined().compactMap { $0 }.map { TextMetrics.width(cellText($0), size: 11) }
    let wanted = max(showsTexts ? (texts.max() ?? 0) + 10 : 12, columns.count <= 24 ? 36 : 24)
    return min(wanted, max(10, 1200 / Double(max(columns.count, 1))))
  }
  private var showsTexts: Bool { cellHeight > 12 && columns.count <= 24 }
  /// Labels that are wider than their column stand upright.
  private var hasUprightColumns: Bool {
    (columns.map { TextMetrics.width($0) }.max() ?? 0) > cellWidth - 4
  }
  private var plot: Frame {
    let labels = columns.map { min(160, TextMetrics.width($0)) }.max() ?? 0
    let top = (note.isEmpty ? 44.0 : 66) + (hasUprightColumns ? labels : 14)
    return Frame(
      left: 16 + rowLabelWidth + 8, top: top, width: Double(columns.count) * cellWidth,
      height: Double(rows.count) * cellHeight)
  }

  // MARK: Parts

  private func subheading(_ width: Double) -> [SVGElement] {
    let text = TextMetrics.fitted(note, width: width - 32)
    return note.isEmpty ? [] : [.text("quiet", text, at: Point(16, 44))]
  }

  private var columnLabels: [SVGElement] {
    columns.enumerated().map { index, column in
      let center = plot.left + (Double(index) + 0.5) * cellWidth
      guard hasUprightColumns else {
        return .text("", column, at: Point(center, plot.top - 8), anchor: .middle)
      }
      let (x, y) = (center + 4, plot.top - 8)
      var label = SVGElement.text(
        "", TextMetrics.fitted(column, width: 160), at: Point(x, y))
      label.attributes.append(("transform", "rotate(-90 \(svgNumber(x)) \(svgNumber(y)))"))
      return label
    }
  }

  private var rowLabels: [SVGElement] {
    // Low rows show every second, third … name.
    let stride = max(1, Int((13 / cellHeight).rounded(.up)))
    return rows.enumerated().filter { $0.offset % stride == 0 }.map { index, row in
      .text(
        "", TextMetrics.fitted(row, width: rowLabelWidth + 1),
        at: Point(plot.left - 8, plot.top + (Double(index) + 0.5) * cellHeight + 4), anchor: .end)
    }
  }

  private var cells: SVGElement {
    var children: [SVGElement] = []
    let (plot, width, showsTexts) = (plot, cellWidth, showsTexts)
    for (row, line) in values.enumerated() {
      for (column, value) in line.enumerated() {
        let frame = Frame(
          left: plot.left + Double(column) * width, top: plot.top + Double(row) * cellHeight,
          width: width - 1, height: cellHeight - 1)
        let place = "\(rows[row]), \(columns[column])"
        guard let value else {
          children.append(
            .path("grid", Self.crossed(frame), tooltip: "\(place): no value"))
          continue
        }
        let color = colorClass(value)
        children.append(
          .rectangle(color, frame, tooltip: "\(place): \(unit.text(value))"))
        if showsTexts {
          children.append(
            .text(
              "tick \(color)t", cellText(value),
              at: Point(frame.left + frame.width / 2, frame.top + cellHeight / 2 + 3.5),
              anchor: .middle))
        }
      }
    }
    return .group("cells", children)
  }

  /// A frame with a stroke through it, for what is missing.
  private static func crossed(_ frame: Frame) -> String {
    let corners = [
      Point(frame.left, frame.top), Point(frame.right, frame.top),
      Point(frame.right, frame.bottom), Point(frame.left, frame.bottom),
    ]
    return SVGElement.pathData(corners) + "Z" + SVGElement.pathData([corners[3], corners[1]])
  }

  private var colorBar: [SVGElement] {
    let bar = Frame(left: plot.left, top: plot.bottom + 16, width: 189, height: 10)
    let step = bar.width / Double(HeatRamp.steps)
    var elements = (0..<HeatRamp.steps).map { index in
      SVGElement.rectangle(
        "\(prefix)\(index)",
        Frame(
          left: bar.left + Double(index) * step, top: bar.top, width: step, height: bar.height))
    }
    let (low, high) = ends
    for (share, value) in [(0, low), (0.5, low / 2 + high / 2), (1, high)] {
      elements.append(
        .text(
          "tick", unit.tick(value, step: max((high / 2 - low / 2), 1e-9)),
          at: Point(bar.left + share * bar.width, bar.bottom + 15),
          anchor: .middle))
    }
    return elements
  }

  // MARK: Colours

  private var prefix: String {
    switch ramp {
    case .sequential: "q"
    case .diverging: "v"
    }
  }

  private var ends: (low: Double, high: Double) {
    switch ramp {
    case .sequential(let range): (range.lowerBound, range.upperBound)
    case .diverging(let limit): (-abs(limit), abs(limit))
    }
  }

  private func colorClass(_ value: Double) -> String {
    let (low, high) = ends
    let width = high / 2 - low / 2
    let share = width > 0 ? (value / 2 - low / 2) / width : 0.5
    let step = (max(0, min(1, share)) * Double(HeatRamp.steps - 1)).rounded()
    return "\(prefix)\(Int(step))"
  }

  /// Short: `37` for 37 %, two decimals for numbers below ten.
  private func cellText(_ value: Double) -> String {
    switch unit {
    case .percent: unit.tick(value, step: 0.01).replacing("%", with: "")
    case .plain: abs(value) < 10 ? unit.tick(value, step: 0.01) : unit.text(value)
    }
  }

  private var description: String {
    let lines = zip(rows, values).map { row, line in
      let cells = zip(columns, line).map { "\($0) \($1.map(unit.text) ?? "no value")" }
      return "\(row): \(cells.joined(separator: ", "))."
    }
    let first = "Heat map of \(rows.count) rows and \(columns.count) columns."
    return ([first] + (note.isEmpty ? [] : [note + "."]) + lines).joined(separator: " ")
  }
}
