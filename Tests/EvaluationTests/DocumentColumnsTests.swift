import Foundation
import Testing

@testable import Evaluation

/// JSON rows as `datasets` 4 reads them; the expected rows are what it gave.
@Suite struct DocumentColumnsTests {
  @Test(arguments: [
    (
      [#"{"a": 1, "b": "x"}"#, #"{"b": "y", "c": 2}"#, #"{"a": 3}"#],
      [
        #"{"a": 1, "b": "x", "c": null}"#, #"{"a": null, "b": "y", "c": 2}"#,
        #"{"a": 3, "b": null, "c": null}"#,
      ]
    ),
    ([#"{"b": 1, "a": 2}"#, #"{"a": 3, "b": 4}"#], [#"{"b": 1, "a": 2}"#, #"{"b": 4, "a": 3}"#]),
    ([#"{"a": 1}"#, #"{"a": 1.5}"#], [#"{"a": 1.0}"#, #"{"a": 1.5}"#]),
    ([#"{"a": [[1], []]}"#, #"{"a": [[2.5]]}"#], [#"{"a": [[1.0], []]}"#, #"{"a": [[2.5]]}"#]),
    (
      [#"{"s": {"b": 1, "a": 2}}"#, #"{"s": {"a": 3, "b": 1.5}}"#],
      [#"{"s": {"b": 1.0, "a": 2}}"#, #"{"s": {"b": 1.5, "a": 3}}"#]
    ),
    (
      [#"{"s": {"b": 1}}"#, #"{"s": {"b": 2.5, "a": 3}}"#],
      [#"{"s": {"b": 1}}"#, #"{"s": {"b": 2.5, "a": 3}}"#]
    ),
    (
      [#"{"s": [{"b": 1, "a": null}]}"#, #"{"s": [{"a": 3, "b": 2.5}, null]}"#],
      [#"{"s": [{"b": 1.0, "a": null}]}"#, #"{"s": [{"b": 2.5, "a": 3}, null]}"#]
    ),
    ([#"{"a": true}"#, #"{"a": 2}"#], [#"{"a": true}"#, #"{"a": 2}"#]),
    ([#"{"a": [1, "x"]}"#, #"{"a": [2.5]}"#], [#"{"a": [1, "x"]}"#, #"{"a": [2.5]}"#]),
  ])
  func rows(written: [String], expected: [String]) throws {
    let documents = try written.map { row in
      let value = try JSONParser.parse(Array(row.utf8)[...])
      return Document(try #require(value.mappingValue))
    }
    let columns = DocumentColumns(documents)
    let completed = documents.map { TemplateValue.mapping(columns.complete($0).fields) }
    #expect(completed.map { $0.pythonJSON() } == expected)
  }

  /// The rows behind the limit decide about types, too.
  @Test func limitedReadingSeesAllRows() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try "{\"a\": 1}\n{\"a\": 2.5, \"b\": 3}\n".write(
      to: folder.appending(path: "test.jsonl"), atomically: true, encoding: .utf8)
    var dataset = DatasetReference(path: "json", name: "", files: ["test": ["test.jsonl"]])
    dataset.format.loader = "json"
    let source = DocumentSource(task: "t", dataset: dataset, root: folder.path, hub: HubCache())
    let documents = try source.read("test", limit: 1)
    #expect(
      documents.map { TemplateValue.mapping($0.fields).pythonJSON() } == [#"{"a": 1.0, "b": null}"#]
    )
  }
}
