import Testing

@testable import Formats

@Suite struct JSONReaderTests {
  private func read(
    _ text: String,
    _ policy: JSONPolicy = JSONPolicy(
      depthLimit: 4, takesInfinity: true, takesDuplicates: false)
  ) throws(JSONFault) -> String {
    Self.echo(try JSON.parse(Array(text.utf8), policy))
  }

  /// A value as one text, so that tests see every decision of the reader.
  private static func echo(_ value: Value) -> String {
    switch value {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .float(let value): "f\(value)"
    case .string(let text): "'\(text)'"
    case .list(let items), .tuple(let items):
      "[" + items.map(echo).joined(separator: " ") + "]"
    case .mapping(let mapping):
      "{" + zip(mapping.names, mapping.values).map { "\($0)=\(echo($1))" }.joined(separator: " ")
        + "}"
    }
  }

  @Test(arguments: [
    (" {\"b\": [1, -2.5e1, true, null], \"a\": {}} ", "{b=[1 f-25.0 true null] a={}}"),
    ("\"\\u00e9\\ud83d\\ude00\\n\\/é\"", "'é😀\n/é'"), ("[]", "[]"), ("-0", "0"),
    ("[NaN, Infinity, -Infinity]", "[fnan finf f-inf]"), ("1E2", "f100.0"),
    (
      "[999999999999999999, 9223372036854775807, -9223372036854775808]",
      "[999999999999999999 9223372036854775807 -9223372036854775808]"
    ),
    ("1e999", "finf"),
  ])
  func readsWhatIsThere(text: String, expected: String) throws {
    #expect(try read(text) == expected)
  }

  @Test(arguments: [
    ("", 0, "ends where a value"), ("[1,]", 3, "expected a value, found ']'"),
    ("{\"a\" 1}", 5, "':' after the key 'a'"), ("{a: 1}", 1, "a key in double quotes, found 'a'"),
    ("{\"a\": 1, \"a\": 2}", 9, "the key 'a' occurs twice"), ("01", 0, "leading zero"),
    ("-", 1, "ends where a digit"), ("1.", 2, "a digit"), ("tru", 0, "'true'"),
    ("\"a\u{1}\"", 2, "control character"), ("[\"abc", 1, "never closed"),
    ("\"\\ud800\"", 7, "surrogate"), ("\"\\q\"", 2, "an escape, found 'q'"),
    ("[[[[[1]]]]]", 4, "nested more than 4 deep"), ("1 2", 2, "text after the end"),
    ("-9223372036854775809", 0, "64 bits"), ("\u{0}", 0, "found byte 0"),
    ("{\"\\u001b\" 1}", 10, "\\u{1b}"),
  ])
  func saysWhatIsWrongAndWhere(text: String, offset: Int, part: String) throws {
    let fault = #expect(throws: JSONFault.self) { try read(text) }
    #expect(fault?.offset == offset)
    #expect(fault?.description.contains(part) == true, "\(fault?.description ?? "")")
  }

  /// What the readers of data sets, of models' files and Foundation's decoder make of one text; nil where they refuse.
  @Test(
    arguments: [
      ("NaN", "fnan", nil, nil), ("1e999", "finf", nil, nil),
      ("9223372036854775808", nil, "f9.223372036854776e+18", "f9.223372036854776e+18"),
      ("{\"a\": 1, \"a\": 2}", "{a=2}", nil, "{a=2}"),
      (
        "{\"é\": 1, \"e\u{301}\": 2}", "{é=1 e\u{301}=2}", "{é=1 e\u{301}=2}", "{é=1 e\u{301}=2}"
      ),
    ] as [(String, String?, String?, String?)])
  func policiesDiffer(text: String, python: String?, strict: String?, foundation: String?) {
    #expect((try? read(text, .python)) == python)
    #expect((try? read(text, .strict)) == strict)
    #expect((try? read(text, .foundation)) == foundation)
  }

  @Test(arguments: [(JSONPolicy.python, 100), (.strict, 64), (.foundation, 512)])
  func nestingHasALimit(policy: JSONPolicy, limit: Int) {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try read(nested(limit), policy) }
    #expect(throws: JSONFault.self) { try read(nested(limit + 1), policy) }
  }

  @Test func bytesThatAreNoTextAreAnError() {
    for bytes: [UInt8] in [[0x22, 0xff, 0x22], [0x22, 0x5c, 0x6e, 0xc3, 0x22]] {
      let fault = #expect(throws: JSONFault.self) {
        try JSON.parse(bytes, .python)
      }
      #expect(fault?.problem == "the string is not UTF-8")
    }
  }

  @Test func numbersOfManyDigitsAreRefused() {
    let fault = #expect(throws: JSONFault.self) { try read(String(repeating: "7", count: 5000)) }
    #expect(fault?.problem.contains("5000 digits") == true)
  }

  @Test func placesCountLinesAndCharacters() {
    let text = Array("{\n \"é\" 1}".utf8)
    let place = text.withUnsafeBytes { JSONFault(offset: 8, problem: "").place(in: $0) }
    #expect(place == (line: 2, column: 6))
  }
}
