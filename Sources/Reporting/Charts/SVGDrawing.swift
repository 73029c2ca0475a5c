import Formats

/// A finished drawing: its size, what it is called, what it shows in words, and its shapes.
package struct SVGDrawing: Sendable {
  /// In pixels.
  package let width, height: Double
  package let title: String
  /// The figure in words and numbers, for people who do not see it.
  package let description: String
  let elements: [SVGElement]

  init(
    width: Double, height: Double, title: String, description: String, elements: [SVGElement]
  ) {
    self.width = width.rounded(.up)
    self.height = height.rounded(.up)
    self.title = title
    self.description = description
    self.elements = elements
  }

  /// A file that any browser opens, light or dark as its reader prefers.
  package var file: String { text(style: ChartStyle.css) }

  /// The drawing inside a page that has `ChartStyle.css` in its own style.
  package var inline: String { text(style: nil) }

  private func text(style: String?) -> String {
    let size = "width=\"\(svgNumber(width))\" height=\"\(svgNumber(height))\""
    let box = "viewBox=\"0 0 \(svgNumber(width)) \(svgNumber(height))\""
    var output =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" \(size) \(box) "
      + "aria-label=\"\(title.xml)\">\n"
    SVGElement(name: "title", text: title).write(to: &output, indent: " ")
    SVGElement(name: "desc", text: description).write(to: &output, indent: " ")
    if let style {
      output += " <style>\n\(style)</style>\n"
    }
    let frame = Frame(left: 0, top: 0, width: width, height: height)
    SVGElement.rectangle("paper", frame).write(to: &output, indent: " ")
    for element in elements { element.write(to: &output, indent: " ") }
    return output + "</svg>\n"
  }
}

/// A figure that can be drawn. Drawing never fails: missing and non-finite values are left out with a
/// note.
package protocol Chart: Sendable {
  var title: String { get }
  func drawing() -> SVGDrawing
}
