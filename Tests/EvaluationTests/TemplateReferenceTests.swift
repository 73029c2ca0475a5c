import Foundation
import Testing

@testable import Evaluation

/// Compares the interpreter with Jinja itself (3.1.6, StrictUndefined, trailing newlines kept).
///
/// A row is `{"template", "document", "output"}`; `output` is null where Jinja refuses, and a
/// document holds for the rows after it too. Rows with `"dialect": "chat"` are compared with Jinja
/// as transformers sets it up. More such files may be named by SPUNGE_TEMPLATE_CASES.
@Suite struct TemplateReferenceTests {
  static let files =
    ["templates", "jinja"].map { testFolder.appendingPathComponent("Fixtures/\($0).jsonl").path }
    + (ProcessInfo.processInfo.environment["SPUNGE_TEMPLATE_CASES"].map { [$0] } ?? [])

  @Test(arguments: files) func agreesWithJinja(file: String) throws {
    let rows = try DocumentFile.read(file)
    #expect(rows.count > 50)
    var document = TemplateMapping()
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

/// `Tests/` of this repository.
let testFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent()

/// A folder under `tasks/` of this repository.
func taskFolder(_ name: String) -> String {
  testFolder.deletingLastPathComponent().appendingPathComponent("tasks/\(name)").path
}

/// A temporary folder with files in it, deleted with the value.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("spunge-\(UUID().uuidString)")

  init(_ files: [String: String]) throws {
    for (name, text) in files {
      let file = url.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
