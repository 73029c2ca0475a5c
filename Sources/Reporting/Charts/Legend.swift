/// The names of a chart's series beside their lines and marks, in as many rows as they need.
struct Legend {
  let elements: [SVGElement]
  /// In pixels; 0 when nothing needs a name.
  let height: Double

  private static let rowHeight = 20.0
  private static let gap = 18.0

  /// - Parameters:
  ///   - showsLines: whether the symbols have a line beside the mark.
  ///   - top: upper edge; names are centred between `left` and `left + width`.
  init(_ names: [String], showsLines: Bool, left: Double, top: Double, width: Double) {
    let symbol = showsLines ? 30.0 : 14
    let shown = names.map { TextMetrics.fitted($0, width: min(width - symbol, 320)) }
    let widths = shown.map { symbol + TextMetrics.width($0) }
    var rows: [[Int]] = []
    var used = 0.0
    for (index, entry) in widths.enumerated() {
      if rows.isEmpty || used + Self.gap + entry > width {
        rows.append([])
        used = -Self.gap
      }
      rows[rows.count - 1].append(index)
      used += Self.gap + entry
    }
    var elements: [SVGElement] = []
    for (row, members) in rows.enumerated() {
      let total = members.reduce(-Self.gap) { $0 + widths[$1] + Self.gap }
      var x = left + max(0, (width - total) / 2)
      for index in members {
        let y = top + (Double(row) + 0.5) * Self.rowHeight
        elements.append(
          Self.entry(
            SeriesStyle(index: index), shown[index], names[index], at: Point(x, y),
            symbol: symbol, showsLine: showsLines))
        x += widths[index] + Self.gap
      }
    }
    self.elements = elements
    height = Double(rows.count) * Self.rowHeight
  }

  private static func entry(
    _ style: SeriesStyle, _ shown: String, _ name: String, at point: Point,
    symbol: Double, showsLine: Bool
  ) -> SVGElement {
    var children = shown == name ? [] : [SVGElement.tooltip(name)]
    if showsLine {
      children.append(
        .line("line \(style.dash)", from: point, to: Point(point.x + 24, point.y)))
    }
    children.append(style.mark(at: Point(point.x + (showsLine ? 12 : 5), point.y)))
    children.append(.text("", shown, at: Point(point.x + symbol, point.y + 4)))
    return .group(style.color, children)
  }
}
