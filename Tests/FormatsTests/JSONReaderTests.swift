import Formats
import Testing

@Suite struct JSONReaderTests {
  /// JSON as one text again, so that tests see every decision of the reader.
  private enum Echo: JSONForm {
    static var depthLimit: Int { 4 }
    static var takesPythonNumbers: Bool { true }
    static var null: String { "null" }
    static var emptyObject: [String] { [] }
    static func bool(_ value: Bool) -> String { "\(value)" }
    static func integer(_ value: Int) -> String { "\(value)" }
    static func integer(beyond64Bits text: String) -> String? {
      text.hasPrefix("-") ? nil : "big \(text)"
    }
    static func fraction(_ value: Double) -> String? { "f\(value)" }
    static func string(_ value: String) -> String { "'\(value)'" }
    static func array(_ values: [String]) -> String { "[" + values.joined(separator: " ") + "]" }
    static func object(_ object: [String]) -> String { "{" + object.joined(separator: " ") + "}" }
    static func set(_ key: String, _ value: String, in object: inout [String]) -> Bool {
      if object.contains(where: { $0.hasPrefix(key + "=") }) { return false }
      object.append("\(key)=\(value)")
      return true
    }
  }

  private func read(_ text: String) throws(JSONFault) -> String {
    try Array(text.utf8).withUnsafeBufferPointer { bytes throws(JSONFault) in
      try JSONReader<Echo>.parse(UnsafeRawBufferPointer(bytes))
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
    ("9223372036854775808", "big 9223372036854775808"), ("1e999", "finf"),
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

  @Test func bytesThatAreNoTextAreAnError() {
    for bytes: [UInt8] in [[0x22, 0xff, 0x22], [0x22, 0x5c, 0x6e, 0xc3, 0x22]] {
      let fault = #expect(throws: JSONFault.self) {
        try bytes.withUnsafeBufferPointer { bytes throws(JSONFault) in
          try JSONReader<Echo>.parse(UnsafeRawBufferPointer(bytes))
        }
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
