import Formats

/// One element of an SVG drawing; attributes keep their order, so that the text is the same every
/// time.
struct SVGElement: Sendable {
  var name: String
  var attributes: [(name: String, value: String)] = []
  var text: String?
  var children: [SVGElement] = []

  /// Appends the element to `output`, one line an element, each line after `indent`.
  func write(to output: inout String, indent: String) {
    output += indent + "<" + name
    for (name, value) in attributes { output += " \(name)=\"\(value.xml)\"" }
    if let text {
      output += ">\(text.xml)</\(name)>\n"
    } else if children.isEmpty {
      output += "/>\n"
    } else {
      output += ">\n"
      for child in children { child.write(to: &output, indent: indent + " ") }
      output += indent + "</\(name)>\n"
    }
  }
}

// MARK: The shapes that charts are made of

extension SVGElement {
  static func group(_ className: String, _ children: [SVGElement]) -> SVGElement {
    SVGElement(name: "g", attributes: [("class", className)], children: children)
  }

  /// The tooltip of the element that it is put into.
  static func tooltip(_ text: String) -> SVGElement { SVGElement(name: "title", text: text) }

  static func line(_ className: String, from: Point, to: Point) -> SVGElement {
    SVGElement(
      name: "line",
      attributes: [
        ("class", className), ("x1", svgNumber(from.x)), ("y1", svgNumber(from.y)),
        ("x2", svgNumber(to.x)), ("y2", svgNumber(to.y)),
      ])
  }

  static func rectangle(
    _ className: String, _ frame: Frame, tooltip: String? = nil
  ) -> SVGElement {
    SVGElement(
      name: "rect",
      attributes: [
        ("class", className), ("x", svgNumber(frame.left)), ("y", svgNumber(frame.top)),
        ("width", svgNumber(frame.width)), ("height", svgNumber(frame.height)),
      ], children: tooltip.map { [.tooltip($0)] } ?? [])
  }

  static func circle(_ className: String, center: Point, radius: Double) -> SVGElement {
    SVGElement(
      name: "circle",
      attributes: [
        ("class", className), ("cx", svgNumber(center.x)), ("cy", svgNumber(center.y)),
        ("r", svgNumber(radius)),
      ])
  }

  static func path(_ className: String, _ data: String, tooltip: String? = nil) -> SVGElement {
    SVGElement(
      name: "path", attributes: [("class", className), ("d", data)],
      children: tooltip.map { [.tooltip($0)] } ?? [])
  }

  /// Straight lines from point to point; `closed` joins the last to the first.
  static func polyline(
    _ className: String, _ points: [Point], closed: Bool = false
  ) -> SVGElement {
    .path(className, pathData(points) + (closed ? "Z" : ""))
  }

  /// A line of text whose `anchor` (start, middle or end) is at `at`, on the baseline.
  static func text(
    _ className: String, _ text: String, at: Point, anchor: Anchor = .start
  ) -> SVGElement {
    let classes = [className, anchor.rawValue].filter { !$0.isEmpty }.joined(separator: " ")
    return SVGElement(
      name: "text",
      attributes: [("class", classes), ("x", svgNumber(at.x)), ("y", svgNumber(at.y))], text: text)
  }

  /// Where a text stands to its point; the raw value is the style's class.
  enum Anchor: String, Sendable {
    case start = ""
    case middle = "mid"
    case end
  }

  static func pathData(_ points: [Point]) -> String {
    var data = ""
    for (index, point) in points.enumerated() {
      data += "\(index == 0 ? "M" : "L")\(svgNumber(point.x)),\(svgNumber(point.y))"
    }
    return data
  }
}

/// A place in a drawing, in pixels from the upper left corner.
struct Point: Sendable, Hashable {
  var x, y: Double

  init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
}

/// A rectangle in a drawing, in pixels.
struct Frame: Sendable, Hashable {
  var left, top, width, height: Double

  var right: Double { left + width }
  var bottom: Double { top + height }

  /// Area that two frames share, in square pixels.
  func overlap(_ other: Frame) -> Double {
    let width = min(right, other.right) - max(left, other.left)
    let height = min(bottom, other.bottom) - max(top, other.top)
    return width > 0 && height > 0 ? width * height : 0
  }

  func contains(_ other: Frame) -> Bool {
    other.left >= left && other.right <= right && other.top >= top && other.bottom <= bottom
  }
}

/// A coordinate with at most two decimals, the same text on every machine.
func svgNumber(_ value: Double) -> String {
  precondition(value.isFinite, "a coordinate is \(value)")
  let rounded = (value * 100).rounded() / 100
  let text = (rounded == 0 ? 0 : rounded).description
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
