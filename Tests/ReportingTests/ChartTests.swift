import Foundation
import FoundationXML
import Testing

@testable import Reporting

@Suite struct ChartTests {
  // MARK: Well-formed whatever comes

  /// Charts whose values, names and sizes are as hostile as they can be.
  static let hostileCharts: [any Chart] = {
    let name = "a<b> & \"c\" ]]> \u{0}\u{1F}\u{FFFF}\r\n\u{202E}é中 </svg><script>"
    let values: [Double?] = [nil, .nan, .infinity, -.infinity, 0, -0.0, 1e-300, 1.7e308, -1.7e308]
    let names = values.indices.map { "\(name) \($0)" }
    let points = values.map { LineChart.Point(x: $0 ?? .nan, y: $0, interval: -1.7e308...1.7e308) }
    let bars = values.map { value -> BarChart.Bar? in
      guard let value, !value.isNaN else { return value.map { BarChart.Bar($0) } }
      return BarChart.Bar(value, interval: min(value, -1)...max(value, 1))
    }
    let entries = values.compactMap { $0 }.map {
      ParetoChart.Entry(
        name: name, series: name, x: $0, y: -$0, xInterval: -1.7e308...1.7e308,
        yInterval: 0...Double.leastNonzeroMagnitude)
    }
    let axes: [ParetoChart.Axis] = [false, true].map {
      .init(name, unit: .plain, higherIsBetter: $0, isLogarithmic: $0)
    }
    let lines: [LineChart.Axis] = [false, true].map { .init(name, isLogarithmic: $0) }
    return [
      RadarChart(title: name, axes: names, series: [.init(name: name, values: values)]),
      RadarChart(title: name, axes: names, series: []),
      BarChart(
        title: name, groups: names,
        series: [.init(name: name, bars: bars)]),
      BarChart(title: "", groups: [], series: []),
      HeatMap(
        title: name, rows: [name], columns: names, values: [values], unit: .percent,
        ramp: .sequential(0...0), note: name),
      HeatMap(
        title: name, rows: names, columns: [name], values: values.map { [$0] }, unit: .plain,
        ramp: .diverging(limit: 1.7e308)),
      HeatMap(
        title: "", rows: [], columns: [], values: [], unit: .plain, ramp: .diverging(limit: 0)),
      LineChart(title: "", panels: []),
      LineChart(
        title: name,
        panels: lines.map { axis in
          .init(
            title: name, x: axis, y: axis,
            series: [
              .init(name: name, points: points), .init(name: name, points: []),
            ],
            guides: [.init(.horizontal, at: .nan, name: name), .init(.vertical, at: 0, name: "")]
          )
        }),
      ParetoChart(title: name, x: axes[0], y: axes[1], entries: entries),
      ParetoChart(title: name, x: axes[0], y: axes[0], entries: entries),
      ParetoChart(title: "", x: axes[1], y: axes[1], entries: []),
    ]
  }()

  @Test(arguments: hostileCharts.indices)
  func hostileChartsAreWellFormed(index: Int) throws {
    let chart = Self.hostileCharts[index]
    for text in [chart.drawing().file, chart.drawing().inline] {
      let reader = DrawingReader(text)
      #expect(reader.error == nil, "\(text)")
      #expect(reader.elements["script"] == nil)
      #expect(reader.elements["svg"] == 1)
      #expect(!text.contains("nan") && !text.contains("inf\""))
    }
  }

  @Test(arguments: 1...30)
  func radarOfAnySizeNamesEveryAxis(count: Int) {
    let axes = (0..<count).map { "group\($0)" }
    let chart = RadarChart(
      title: "t", axes: axes,
      series: [.init(name: "base", values: axes.indices.map { Double($0) / 40 })])
    let reader = DrawingReader(chart.drawing().file)
    #expect(reader.error == nil)
    for axis in axes { #expect(reader.texts.contains(axis), "\(axis) of \(count)") }
    // Two and fewer axes are drawn as bars.
    #expect(((reader.elements["rect"] ?? 0) > 1) == (count < 3))
  }

  // MARK: Snapshots

  @Test func radarSnapshot() throws {
    let chart = RadarChart(
      title: "Toxic <completions>", axes: ["women", "asian", "muslim", "latino"],
      series: [
        .init(name: "base", values: [0.5, 0.25, 0.75, 0.5]),
        .init(name: "rmu", values: [0.1, nil, 0.2, .nan]),
      ])
    try expectSnapshot(of: chart, "radar")
    #expect(
      chart.drawing().description
        == "Radar chart of 2 variants over 4 axes. base: women 50.0%, asian 25.0%, muslim 75.0%, "
        + "latino 50.0%. rmu: women 10.0%, asian no value, muslim 20.0%, latino no value.")
  }

  @Test func barSnapshot() throws {
    try expectSnapshot(
      of: BarChart(
        title: "Accuracy", groups: ["arc", "piqa"],
        series: [
          .init(name: "base", bars: [.init(0.5, interval: 0.4...0.6), .init(0.25)]),
          .init(name: "rmu", bars: [nil, .init(-0.125, interval: -0.25...0)]),
        ], note: "whiskers: ±1.96 standard errors"), "bars")
  }

  @Test func lineSnapshot() throws {
    let loss = LineChart.Panel(
      title: "Losses", x: .init("step"), y: .init("loss", isLogarithmic: true),
      series: [
        .init(
          name: "forget", points: [.init(x: 0, y: 1000), .init(x: 1, y: 10), .init(x: 2, y: 0)]),
        .init(
          name: "retain", points: [.init(x: 0, y: 0.01), .init(x: 1, y: nil), .init(x: 2, y: 0.1)]),
      ])
    let cosine = LineChart.Panel(
      title: "Cosines", x: .init("step"), y: .init("cosine"),
      series: [
        .init(
          name: "forget", points: (0..<3).map { .init(x: Double($0), y: 1, interval: 0.5...1.5) })
      ], guides: [.init(.horizontal, at: 0.75, name: "stop")])
    try expectSnapshot(of: LineChart(title: "Training", panels: [loss, cosine]), "lines")
  }

  @Test func heatMapSnapshot() throws {
    try expectSnapshot(
      of: HeatMap(
        title: "Cosine", rows: ["bio", "cyber"], columns: ["bio", "cyber"],
        values: [[1, -0.25], [nil, 1]], unit: .plain, ramp: .diverging(limit: 1),
        note: "cosine of the parts' changes"), "heat-map")
  }

  @Test func paretoSnapshot() throws {
    try expectSnapshot(
      of: ParetoChart(
        title: "Forgetting against retention", x: .init("toxicity", higherIsBetter: false),
        y: .init("accuracy", higherIsBetter: true),
        entries: [
          .init(name: "base", series: "base", x: 0.5, y: 0.75, yInterval: 0.7...0.8),
          .init(name: "rmu", series: "rmu", x: 0.25, y: 0.7, xInterval: 0.2...0.3),
          .init(name: "lost", series: "rmu", x: 0.3, y: 0.6),
          .init(name: "nan", series: "rmu", x: .nan, y: 0.6),
        ]), "pareto")
  }

  // MARK: What is drawn

  @Test func frontHoldsWhatNothingBeats() {
    func front(_ xHigher: Bool, _ yHigher: Bool) -> [String] {
      let points = [("a", 0.0, 0.0), ("b", 1, 1), ("c", 2, 0.5), ("d", 1, 0.5), ("e", 1, 1)]
      return ParetoChart(
        title: "", x: .init("", higherIsBetter: xHigher), y: .init("", higherIsBetter: yHigher),
        entries: points.map { .init(name: $0.0, series: "", x: $0.1, y: $0.2) }
      ).fronts[0].map(\.name)
    }
    #expect(Set(front(true, true)) == ["b", "c", "e"])
    #expect(front(false, true).first == "a")
    #expect(Set(front(false, true)) == ["a", "b", "e"])
    #expect(front(true, false) == ["c", "a"])
    #expect(front(false, false) == ["a"])
  }

  /// Several series may have entries of one name.
  @Test func dominatedMarksArePale() {
    let entries: [ParetoChart.Entry] = [
      .init(name: "λ=1", series: "a", x: 1, y: 1), .init(name: "λ=1", series: "b", x: 2, y: 2),
    ]
    let chart = ParetoChart(
      title: "", x: .init("x", higherIsBetter: true), y: .init("y", higherIsBetter: true),
      entries: entries)
    #expect(entries.map(chart.isDominated) == [true, false])
    let drawing = chart.drawing().inline
    #expect(drawing.contains("On the front: b λ=1."))
    #expect(drawing.components(separatedBy: " dominated\"").count == 2)
    #expect(drawing.contains("Pale marks"))
  }

  @Test func labelsDoNotCoverOneAnother() {
    var placement = LabelPlacement(
      within: Frame(left: 0, top: 0, width: 400, height: 300),
      marks: (0..<12).map { Point(200 + Double($0), 150) }, lines: [])
    var frames: [Frame] = []
    for index in 0..<12 {
      guard let label = placement.place("label \(index)", beside: Point(200 + Double(index), 150))
      else { continue }
      let frame = Frame(
        left: label.origin.x, top: label.origin.y - 10.5,
        width: TextMetrics.width("label \(index)"),
        height: 14)
      for other in frames { #expect(frame.overlap(other) < 0.01) }
      frames.append(frame)
    }
    #expect(frames.count == 12)
  }

  @Test func crowdedLabelsAreSpread() {
    let centers = Spreading.centers(
      wanted: [10, 11, 50, 12], sizes: [10, 10, 10, 10], within: 0...100)
    #expect(centers == [5, 15, 50, 25])
  }

  @Test func longSeriesKeepTheirPeaks() {
    var points = (0..<100_000).map { Point(Double($0) / 200, 100) }
    points[54_321].y = 3
    let thinned = PanelDrawing.thinned(points)
    #expect(thinned.count < 2100)
    #expect(thinned.contains { $0.y == 3 })
    #expect(thinned.first == points.first && thinned.last == points.last)
  }

  /// Values, unit and the ticks' texts.
  static let linearTicks: [([Double], ChartUnit, [String])] = [
    ([0, 0.42], .percent, ["0%", "10%", "20%", "30%", "40%", "50%"]),
    ([0, 0.004], .percent, ["0.0%", "0.1%", "0.2%", "0.3%", "0.4%"]),
    ([-1, 1], .plain, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
    ([0, 20_000], .plain, ["0", "5000", "10,000", "15,000", "20,000"]),
    ([0, 3e7], .plain, ["0", "10⁷", "2×10⁷", "3×10⁷"]),
  ]

  @Test(arguments: linearTicks)
  func ticks(values: [Double], unit: ChartUnit, expected: [String]) {
    let scale = AxisScale(linear: values, unit: unit)
    #expect(scale.ticks.map(\.text) == expected)
    for tick in scale.ticks {
      #expect((-1e-9...1 + 1e-9).contains(scale.position(tick.value) ?? -1))
    }
  }

  static let logTicks: [([Double], [String])] = [
    ([0.01, 1000], ["0.01", "0.1", "1", "10", "100", "1000"]),
    ([1e-6, 1], ["10⁻⁶", "10⁻⁴", "0.01", "1"]),
    ([2, 10], ["2", "3", "4", "6", "8", "10"]),
    ([9, 11], ["9.0", "9.5", "10.0", "10.5", "11.0", "11.5"]),
  ]

  @Test func barsOfZerosBeginAtZero() {
    let scale = AxisScale(linear: [0, 0], unit: .percent, includesZero: true)
    #expect(scale.ticks.map(\.text) == ["0%", "20%", "40%", "60%", "80%", "100%"])
  }

  @Test(arguments: logTicks)
  func logarithmicTicks(values: [Double], expected: [String]) {
    let scale = AxisScale(logarithmic: values, unit: .plain)
    #expect(scale.ticks.map(\.text) == expected)
    #expect(scale.position(0) == nil && scale.position(-1) == nil)
  }

  /// Contrast of 3 : 1 and more against the paper (WCAG 2.2, 1.4.11).
  @Test func seriesStandOutFromThePaper() {
    for (colors, paper) in [
      (ChartStyle.lightSeries, 1.0), (ChartStyle.darkSeries, Self.luminance("#14171c")),
    ] {
      for color in colors {
        let pair = [Self.luminance(color), paper].sorted()
        #expect((pair[1] + 0.05) / (pair[0] + 0.05) >= 3, "\(color)")
      }
    }
  }

  private static func luminance(_ color: String) -> Double {
    let value = Int(color.dropFirst(), radix: 16) ?? 0
    let parts = [16, 8, 0].map { shift -> Double in
      let share = Double((value >> shift) & 255) / 255
      return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }
}

/// What an XML parser finds in a drawing.
final class DrawingReader: NSObject, XMLParserDelegate {
  /// Number of elements by name.
  private(set) var elements: [String: Int] = [:]
  /// Content of the text elements.
  private(set) var texts: [String] = []
  private(set) var error: String?
  private var text: String?

  init(_ xml: String) {
    super.init()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = self
    if !parser.parse() { error = parser.parserError.map { "\($0)" } ?? "not well-formed" }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String] = [:]
  ) {
    elements[name, default: 0] += 1
    text = name == "text" ? "" : nil
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text? += string }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if let text { texts.append(text) }
    text = nil
  }
}
