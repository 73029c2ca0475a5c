/// Style of all charts: colours for light and dark mode, line patterns and marks.
///
/// The colours have the hues of Okabe & Ito 2008 (https://jfly.uni-koeln.de/color/), moved so far
/// that every two stay apart (OKLab distance × 100 of 7 and more) under simulated protanopia,
/// deuteranopia and tritanopia (Machado, Oliveira & Fernandes 2009) and stand 3 : 1 and more
/// against the paper. Line patterns and marks repeat the difference without colour.
package enum ChartStyle {
  static let lightSeries = [
    "#3b3f46", "#1850a6", "#c6400b", "#008c66", "#9e59a6", "#979a22", "#4a9ad1",
  ]
  static let darkSeries = [
    "#d5d9e0", "#5f81ed", "#d66f23", "#0fc477", "#c49bc7", "#ffc529", "#9accff",
  ]
  /// Lengths of strokes and spaces, in pixels; the first is a solid line.
  static let dashes = ["", "8 3", "2 3", "10 3 2 3", "5 4", "12 3 2 3 2 3"]

  /// The style sheet of every chart.
  package static let css: String = {
    var css = """
      .chart{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
      .chart text{font-size:12px}
      .chart .heading{font-size:15px;font-weight:600}
      .chart .subheading{font-size:13px;font-weight:600}
      .chart .tick{font-size:11px}
      .chart .mid{text-anchor:middle}
      .chart .end{text-anchor:end}
      .chart .grid,.chart .axis,.chart .guide,.chart .leader{fill:none;stroke-width:1}
      .chart .guide{stroke-dasharray:4 3}
      .chart .line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}
      .chart .front{fill:none;stroke-width:1.5;stroke-dasharray:6 4}
      .chart .area{fill:currentColor;fill-opacity:.1;stroke:none}
      .chart .bar{fill:currentColor;fill-opacity:.45;stroke:none}
      .chart .whisker{fill:none;stroke:currentColor;stroke-width:1.25;stroke-opacity:.75}
      .chart .mark{fill:currentColor;stroke-width:1}
      .chart .dominated .mark{fill-opacity:.25;stroke:currentColor}
      .chart .halo{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}

      """
    for (index, dash) in dashes.enumerated() where !dash.isEmpty {
      css += ".chart .d\(index){stroke-dasharray:\(dash)}\n"
    }
    css += colors(
      paper: "#ffffff", ink: "#1f2328", quiet: "#59636e", grid: "#d9dee3", axis: "#8c959f",
      series: lightSeries, heat: HeatRamp.light)
    css += "@media (prefers-color-scheme:dark){\n"
    css += colors(
      paper: "#14171c", ink: "#e6e9ee", quiet: "#9aa4b0", grid: "#2c323a", axis: "#6b7682",
      series: darkSeries, heat: HeatRamp.dark)
    return css + "}\n"
  }()

  private static func colors(
    paper: String, ink: String, quiet: String, grid: String, axis: String, series: [String],
    heat: HeatRamp
  ) -> String {
    var css = """
      .chart .paper{fill:\(paper)}
      .chart text{fill:\(ink)}
      .chart .tick,.chart .quiet{fill:\(quiet)}
      .chart .grid{stroke:\(grid)}
      .chart .axis,.chart .leader{stroke:\(axis)}
      .chart .guide,.chart .front{stroke:\(quiet)}
      .chart .mark,.chart .halo{stroke:\(paper)}

      """
    for (index, color) in series.enumerated() { css += ".chart .s\(index){color:\(color)}\n" }
    return css + heat.css
  }
}

/// Colour, line pattern and mark of a series.
struct SeriesStyle {
  /// Position among the chart's series, from 0.
  let index: Int

  var color: String { "s\(index % ChartStyle.lightSeries.count)" }
  var dash: String { "d\(index % ChartStyle.dashes.count)" }

  /// The series' mark at `center`.
  func mark(at center: Point, radius: Double = 4, tooltip: String? = nil) -> SVGElement {
    let shape = Self.shapes[index % Self.shapes.count]
    let points = shape.map { Point(center.x + radius * $0.x, center.y + radius * $0.y) }
    guard !points.isEmpty else {
      var circle = SVGElement.circle("mark", center: center, radius: radius)
      circle.children = tooltip.map { [.tooltip($0)] } ?? []
      return circle
    }
    return .path("mark", SVGElement.pathData(points) + "Z", tooltip: tooltip)
  }

  /// Corners around the centre, for a radius of 1; none for a circle. Areas are about the same.
  private static let shapes: [[Point]] = [
    [],
    polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
    polygon([(0, -1.25), (1.15, 0.8), (-1.15, 0.8)]),
    polygon([(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]),
    polygon([(0, 1.25), (1.15, -0.8), (-1.15, -0.8)]),
    polygon([
      (-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4), (0.4, 1.2),
      (-0.4, 1.2), (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4),
    ]),
    polygon([(0, -1.2), (1.15, -0.35), (0.7, 1), (-0.7, 1), (-1.15, -0.35)]),
    polygon([(-1.3, -0.7), (1.3, -0.7), (1.3, 0.7), (-1.3, 0.7)]),
  ]

  private static func polygon(_ corners: [(Double, Double)]) -> [Point] {
    corners.map { Point($0.0, $0.1) }
  }
}
