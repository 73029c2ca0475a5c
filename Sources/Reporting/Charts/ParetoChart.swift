/// Models between two aims, such as forgetting and retention, with the front of those that no other
/// beats in both, or the front of each series.
package struct ParetoChart: Chart {
  package struct Axis: Sendable {
    package var name: String
    package var unit: ChartUnit
    package var higherIsBetter: Bool
    package var isLogarithmic: Bool

    package init(
      _ name: String, unit: ChartUnit = .percent, higherIsBetter: Bool, isLogarithmic: Bool = false
    ) {
      self.name = name
      self.unit = unit
      self.higherIsBetter = higherIsBetter
      self.isLogarithmic = isLogarithmic
    }
  }

  /// One model.
  package struct Entry: Sendable {
    package var name: String
    /// Entries of one series share a colour and a mark.
    package var series: String
    package var x, y: Double
    package var xInterval, yInterval: ClosedRange<Double>?

    package init(
      name: String, series: String, x: Double, y: Double, xInterval: ClosedRange<Double>? = nil,
      yInterval: ClosedRange<Double>? = nil
    ) {
      self.name = name
      self.series = series
      self.x = x
      self.y = y
      self.xInterval = xInterval
      self.yInterval = yInterval
    }
  }

  package let title: String
  package let x, y: Axis
  package let entries: [Entry]
  /// Whether entries of one series are compared with those of another; else every series has a front of its own.
  package let comparesSeries: Bool
  /// Entries that have no place: a value is not finite, or not positive on a logarithmic axis.
  package let leftOut: [String]

  package init(
    title: String, x: Axis, y: Axis, entries: [Entry], comparesSeries: Bool = true
  ) {
    func isShown(_ value: Double, _ axis: Axis) -> Bool {
      value.isFinite && (value > 0 || !axis.isLogarithmic)
    }
    let hasPlace = { (entry: Entry) in isShown(entry.x, x) && isShown(entry.y, y) }
    self.title = title
    self.x = x
    self.y = y
    self.entries = entries.filter(hasPlace)
    self.comparesSeries = comparesSeries
    leftOut = entries.filter { !hasPlace($0) }.map(\.name)
  }

  /// Whether another entry beats this one in one aim without losing in the other.
  func isDominated(_ entry: Entry) -> Bool {
    let own = gains(entry)
    return entries.contains {
      guard comparesSeries || $0.series == entry.series else { return false }
      let other = gains($0)
      return other.x >= own.x && other.y >= own.y && (other.x > own.x || other.y > own.y)
    }
  }

  /// The entry's values, each so that more is better.
  private func gains(_ entry: Entry) -> (x: Double, y: Double) {
    (x.higherIsBetter ? entry.x : -entry.x, y.higherIsBetter ? entry.y : -entry.y)
  }

  /// Entries that are not dominated, from the best x to the worst: of all, or of each series.
  package var fronts: [[Entry]] {
    let groups =
      comparesSeries
      ? [entries] : seriesNames.map { name in entries.filter { $0.series == name } }
    return groups.map { group in
      group.filter { !isDominated($0) }.sorted { first, second in
        let (one, two) = (gains(first), gains(second))
        return (one.x, two.y, second.name) > (two.x, one.y, first.name)
      }
    }
  }

  package func drawing() -> SVGDrawing {
    let names = seriesNames
    let width = 680.0
    let margin = 16.0
    let legend = Legend(
      names.count > 1 ? names : [], showsLines: false, left: margin, top: 36,
      width: width - 2 * margin)
    let layout = ParetoLayout(self, top: 68 + legend.height, width: width)
    let heading = SVGElement.text(
      "heading", TextMetrics.fitted(title, width: width - 2 * margin, size: 15),
      at: Point(margin, 24))
    let notes = layout.notes.enumerated().map { index, note in
      SVGElement.text(
        "tick", TextMetrics.fitted(note, width: width - 2 * margin, size: 11),
        at: Point(margin, layout.plot.bottom + 58 + 15 * Double(index)))
    }
    return SVGDrawing(
      width: width, height: layout.plot.bottom + 48 + 15 * Double(notes.count), title: title,
      description: description, elements: [heading] + legend.elements + layout.elements + notes)
  }

  /// In order of appearance.
  package var seriesNames: [String] {
    var names: [String] = []
    for entry in entries where !names.contains(entry.series) { names.append(entry.series) }
    return names
  }

  /// The entry's values with their intervals, in words.
  func text(_ entry: Entry) -> String {
    func value(_ value: Double, _ interval: ClosedRange<Double>?, _ unit: ChartUnit) -> String {
      guard let interval else { return unit.text(value) }
      return "\(unit.text(value)) (\(unit.text(interval.lowerBound)) to "
        + "\(unit.text(interval.upperBound)))"
    }
    return "\(fullName(entry)): \(x.name) \(value(entry.x, entry.xInterval, x.unit)), "
      + "\(y.name) \(value(entry.y, entry.yInterval, y.unit))"
  }

  /// With its series, where several series have entries of the same name.
  func fullName(_ entry: Entry) -> String {
    let isShared = entries.contains { $0.name == entry.name && $0.series != entry.series }
    return isShared ? "\(entry.series) \(entry.name)" : entry.name
  }

  private var description: String {
    let direction = { (axis: Axis) in
      "\(axis.name), \(axis.higherIsBetter ? "higher" : "lower") is better"
    }
    var sentences = ["Scatter plot of \(direction(y)), against \(direction(x))."]
    sentences += entries.map { text($0) + "." }
    for front in fronts where !front.isEmpty {
      let whose = comparesSeries ? "" : " of \(front[0].series)"
      sentences.append("On the front\(whose): \(front.map(fullName).joined(separator: ", ")).")
    }
    if !leftOut.isEmpty {
      sentences.append("Without a place: \(leftOut.joined(separator: ", ")).")
    }
    return sentences.joined(separator: " ")
  }
}
