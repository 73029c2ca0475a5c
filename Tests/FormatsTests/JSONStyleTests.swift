import Formats
import Testing

/// Values as Python's `json.dumps` writes them; texts below are what Python 3.11 printed.
@Suite struct JSONStyleTests {
  /// With `indent=2, ensure_ascii=False`.
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
        .bool(true), Value.null, .tuple([.integer(-3)]),
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
    #expect(value.json(.indented(by: 2)) == lines.joined(separator: "\n"))
  }

  @Test func onOneLineThereIsASpaceBehindEachSign() {
    let value = Value.mapping(
      Mapping([("a", .list([.integer(1), .integer(2)])), ("b", .string(""))]))
    #expect(value.json() == #"{"a": [1, 2], "b": ""}"#)
  }

  @Test func asciiEscapesWhatIsNotPrintable() {
    var style = JSONStyle()
    style.isASCII = true
    #expect(
      Value.string("\u{7f}é😀\u{2028}<&\"\n").json(style)
        == #""\u007f\u00e9\ud83d\ude00\u2028<&\"\n""#)
  }

  @Test func compactHasNoSpace() {
    var style = JSONStyle.compact
    style.sortsKeys = true
    let value = Value.mapping(["b": .list([.integer(1), .float(2.5)]), "a": .mapping([:])])
    #expect(value.json(style) == #"{"a":{},"b":[1,2.5]}"#)
  }

  @Test func keysOfOtherTypesAreWrittenAsTheirJSON() {
    var mapping = Mapping()
    mapping[.integer(1)] = .integer(2)
    mapping[.null] = .integer(3)
    mapping[.float(2.5)] = .string("x")
    #expect(Value.mapping(mapping).json() == #"{"1": 2, "null": 3, "2.5": "x"}"#)
  }

  /// What Python writes can be read again, numbers without JSON spelling included.
  @Test func isReadAgain() throws {
    let text = #"{"a": [NaN, Infinity, -Infinity, -1.5e-07]}"#
    let value = try JSON.parse(Array(text.utf8), .python)
    #expect(value.json() == text)
    #expect(throws: JSONFault.self) { try JSON.parse(Array("-Infinite".utf8), .python) }
  }
}
