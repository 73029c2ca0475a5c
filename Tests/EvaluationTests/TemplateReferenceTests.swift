import Evaluation
import Foundation
import Testing

/// Compares the interpreter with Jinja itself: `{"template", "document", "output"}` a line, `output` null for an error.
@Suite struct TemplateReferenceTests {
  static let cases = ProcessInfo.processInfo.environment["SPUNGE_TEMPLATE_CASES"]

  @Test(.enabled(if: cases != nil)) func agreesWithJinja() throws {
    var (failures, count) = (0, 0)
    for row in try DocumentFile.read(Self.cases ?? "") {
      let source = row["template"]?.text ?? ""
      let document = row["document"]?.mappingValue ?? TemplateMapping()
      let expected = row["output"]?.stringValue
      var problem = ""
      var output: String?
      do { output = try Template(source, name: "case").render(document) } catch {
        problem = "\(error)"
      }
      count += 1
      if output != expected {
        failures += 1
        print("CASE \(source.prefix(300).debugDescription)\n  document \(document.keys.map(\.text))\n  expected \(expected?.prefix(300).debugDescription ?? "error")\n  found    \(output?.prefix(300).debugDescription ?? problem)")
      }
    }
    #expect(failures == 0, "\(failures) of \(count)")
  }
}
