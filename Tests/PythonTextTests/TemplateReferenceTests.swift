import Formats
import Foundation
import TestSupport
import Testing

@testable import PythonText

/// Compares the interpreter with Jinja itself (3.1.6, StrictUndefined, trailing newlines kept).
///
/// A row is `{"template", "document", "output"}`; `output` is null where Jinja refuses, and a
/// document holds for the rows after it too. Rows with `"dialect": "chat"` are compared with Jinja
/// as transformers sets it up. More such files may be named by SPUNGE_TEMPLATE_CASES.
@Suite struct TemplateReferenceTests {
  static let files =
    ["templates", "jinja"].map { Fixtures.path("\($0).jsonl") }
    + (ProcessInfo.processInfo.environment["SPUNGE_TEMPLATE_CASES"].map { [$0] } ?? [])

  @Test(arguments: files) func agreesWithJinja(file: String) throws {
    let rows = try DocumentFile.read(file)
    #expect(rows.count > 50)
    var document = Mapping()
    for row in rows {
      document = row["document"]?.mappingValue ?? document
      let source = row["template"]?.text ?? ""
      var (output, problem) = (String?.none, "")
      do {
        let isChat = row["dialect"]?.text == "chat"
        output = try Template(
          source, name: "case", dialect: isChat ? .chat : .task, keepsTrailingNewline: !isChat
        ).render(document)
      } catch {
        problem = error.description
      }
      #expect(output == row["output"]?.stringValue, "\(source)\n\(problem)")
    }
  }
}
