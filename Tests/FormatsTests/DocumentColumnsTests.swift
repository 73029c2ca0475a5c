import Foundation
import PythonText
import Testing

@testable import Formats

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
    (
      [#"{"d": "2020-01-31"}"#, #"{"d": null}"#, #"{"d": "2020-02-29T10:20:30Z"}"#],
      [#"{"d": "2020-01-31 00:00:00"}"#, #"{"d": null}"#, #"{"d": "2020-02-29 10:20:30"}"#]
    ),
    (
      [
        #"{"d": ["2020-01-31"], "e": "2020-01-31", "s": {"a": "2020-01-31"}}"#,
        #"{"d": [], "e": "x"}"#,
      ],
      [
        #"{"d": ["2020-01-31 00:00:00"], "e": "2020-01-31", "s": {"a": "2020-01-31 00:00:00"}}"#,
        #"{"d": [], "e": "x", "s": null}"#,
      ]
    ),
  ])
  func rows(written: [String], expected: [String]) throws {
    let documents = try written.map { row in
      let value = try PythonJSON.parse(Array(row.utf8)[...])
      return Document(try #require(value.mappingValue))
    }
    let columns = DocumentColumns(documents)
    let completed = documents.map { Value.mapping(columns.complete($0).fields) }
    #expect(completed.map { $0.pythonJSON() } == expected)
  }

  /// Texts, and what datasets makes of a column of them.
  @Test(arguments: [
    ("2020-01-01 10", "2020-01-01 10:00:00"), ("2020-01-01 10:20", "2020-01-01 10:20:00"),
    ("2020-01-01T10:20:30+02:00", "2020-01-01 08:20:30"),
    ("2020-01-01T10:20:30-0200", "2020-01-01 12:20:30"),
    ("2020-01-01T10:20:30-02", "2020-01-01 12:20:30"), ("2020-01-01T10Z", "2020-01-01 10:00:00"),
    ("0001-01-01", "0001-01-01 00:00:00"), ("9999-12-31", "9999-12-31 00:00:00"),
    ("1900-02-29", nil), ("2020-01-01 10:20:30.5", nil), ("2020-13-01", nil), ("20200101", nil),
    ("2020-1-1", nil), ("2020-01", nil), ("2020-01-01T102030", nil), ("2020-01-01Z", nil),
    ("2020-01-01 24:00:00", nil), ("2020-01-01 23:59:60", nil), (" 2020-01-01", nil), ("", nil),
    ("2020-01-01T10:20:30+2", nil), ("2020-01-01T", nil), ("2020-01-01 10:2", nil),
  ])
  func datesAreThoseOfPyarrow(written: String, read: String?) {
    #expect(ISOTime.text(written) == read)
  }

  /// Under `field`, pandas reads: objects get the same members, dates stand in columns called so.
  @Test func rowsOfAFieldAreReadAsPandasDoes() throws {
    let rows = [
      #"{"v": {"a": 1}, "d": "2020-01-01", "date": "2020-01-01"}"#,
      #"{"v": {"b": [{"c": 1}, {"d": 2}]}, "d": "2020-01-02", "date": "2020-01-02"}"#,
    ]
    let documents = try rows.map { row in
      let value = try PythonJSON.parse(Array(row.utf8)[...])
      return Document(try #require(value.mappingValue))
    }
    let columns = DocumentColumns(documents, isField: true)
    #expect(
      documents.map { Value.mapping(columns.complete($0).fields).pythonJSON() } == [
        #"{"v": {"a": 1, "b": null}, "d": "2020-01-01", "date": "2020-01-01 00:00:00"}"#,
        #"{"v": {"a": null, "b": [{"c": 1, "d": null}, {"c": null, "d": 2}]}, "d": "2020-01-02", "#
          + #""date": "2020-01-02 00:00:00"}"#,
      ])
  }

  /// By pandas 3.1 in datasets 5.2.
  @Test(arguments: [
    (["1.0", "2.0"], ["1", "2"]), (["1.0", "2.5"], ["1.0", "2.5"]),
    (["1.0", "null"], ["1", "null"]),
    (["1e3", "2"], ["1000", "2"]), (["1e30"], ["1e+30"]), (["[1.0, 2.0]"], ["[1.0, 2.0]"]),
    ([#"{"b": 1.0}"#], [#"{"b": 1.0}"#]), (["-0.0"], ["0"]),
    (["9007199254740993.0"], ["9007199254740992"]),
  ])
  func wholeFractionsOfAField(written: [String], expected: [String]) throws {
    let documents = try written.map { value in
      Document([("a", try PythonJSON.parse(Array(value.utf8)[...]))])
    }
    func values(_ columns: DocumentColumns) -> [String] {
      documents.map { columns.complete($0)["a"]?.pythonJSON() ?? "" }
    }
    #expect(values(DocumentColumns(documents, isField: true)) == expected)
    #expect(values(DocumentColumns(documents)).contains("1000") == false)
  }
}
