import Formats
import Testing

@testable import PythonText

/// Documents as Python's `json.dumps(value, indent=2, ensure_ascii=False)` writes them.
@Suite struct PythonJSONTests {
  static let cases: [(value: Value, lines: [String])] = [
    (.mapping(Mapping()), ["{}"]), (.list([]), ["[]"]),
    (
      .mapping(
        Mapping([
          ("question", .string("Is “x” ≥ 1?")), ("choices", .list([.string("a"), .string("b")])),
          ("answer", .integer(0)),
        ])),
      [
        "{", "  \"question\": \"Is “x” ≥ 1?\",", "  \"choices\": [", "    \"a\",", "    \"b\"",
        "  ],", "  \"answer\": 0", "}",
      ]
    ),
    (
      .list([
        .float(1), .float(1e-7), .float(1e16), .float(-0.1), .float(.nan), .float(-.infinity),
        .bool(true), Value.none, .tuple([.integer(-3)]),
      ]),
      [
        "[", "  1.0,", "  1e-07,", "  1e+16,", "  -0.1,", "  NaN,", "  -Infinity,", "  true,",
        "  null,", "  [", "    -3", "  ]", "]",
      ]
    ),
    (
      .string("\u{1}\t\n\r\u{8}\u{c}\"\\/\u{7f}é😀\u{2028}"),
      [#""\u0001\t\n\r\b\f\"\\/"# + "\u{7f}é😀\u{2028}\""]
    ),
  ]

  @Test(arguments: cases)
  func isWrittenAsByPython(value: Value, lines: [String]) {
    #expect(value.pythonJSON(indent: 2) == lines.joined(separator: "\n"))
  }

  @Test func onOneLineThereIsASpaceBehindEachSign() {
    let value = Value.mapping(
      Mapping([("a", .list([.integer(1), .integer(2)])), ("b", .string(""))]))
    #expect(value.pythonJSON() == #"{"a": [1, 2], "b": ""}"#)
  }

  /// What Python writes can be read again, numbers without JSON spelling included.
  @Test func isReadAgain() throws {
    let text = #"{"a": [NaN, Infinity, -Infinity, -1.5e-07]}"#
    let value = try PythonJSON.parse(Array(text.utf8)[...])
    #expect(value.pythonJSON() == text)
    #expect(throws: JSONFault.self) { try PythonJSON.parse(Array("-Infinite".utf8)[...]) }
  }
}
