import Formats
import PythonText
import Testing

@Suite struct TemplateErrorTests {
  static let document = Mapping([("island", .string("Vell")), ("tides", .list([]))])

  /// Template, place, and what the message must contain.
  static let mistakes: [(String, String, [String])] = [
    ("Isle: {{ island", "line 1, column 7", ["never closed with '}}'"]),
    ("a\nb {{ island | shout }}", "line 2, column 15", ["unknown filter 'shout'", "trim"]),
    ("{{ island is loud }}", "line 1, column 14", ["unknown test 'is loud'", "defined"]),
    (
      "a\n\n  {% wave %}", "line 3, column 6",
      ["unknown statement 'wave'", "if, macro, print, raw, set"]
    ),
    ("{% if island %}x", "line 1, column 4", ["never closed with '{% endif %}'"]),
    ("{{ 'Vell }}", "line 1, column 4", ["string that starts here"]),
    ("{{ island island }}", "line 1, column 11", ["expected '}}', found 'island'"]),
    ("{{ harbour }}", "line 1, column 4", ["'harbour' is undefined", "island, tides"]),
    ("{{ tides[3] }}", "line 1, column 9", ["index 3 is out of range", "island, tides"]),
    ("{{ island.depth }}", "line 1, column 10", ["no attribute 'depth'"]),
    ("{{ island.index('q') }}", "line 1, column 16", ["'q' does not occur in 'Vell'"]),
    ("{{ island + 1 }}", "line 1, column 11", ["between str and int", "'~'"]),
    ("{{ 1 // 0 }}", "line 1, column 6", ["division by zero"]),
    ("{{ 9223372036854775807 + 1 }}", "line 1, column 24", ["exceeds 64 bits"]),
    ("{{ 99999999999999999999 }}", "line 1, column 4", ["does not fit in 64 bits"]),
    ("{{ 'x' * 99999999999 }}", "line 1, column 8", ["longer than"]),
    ("{{ range(99999999999) }}", "line 1, column 9", ["longer than"]),
    (
      "{{ island | regex_replace('(', '') }}", "line 1, column 13",
      ["not a usable regular expression"]
    ),
    ("{{ {tides: 1} }}", "line 1, column 5", ["cannot be a dictionary key"]),
    ("{{ '\\u12' }}", "line 1, column 5", ["not a character"]),
  ]

  @Test(arguments: mistakes)
  func mistakesAreNamedWithTheirPlace(template: String, place: String, parts: [String]) {
    let error = #expect(throws: TemplateError.self) {
      try Template(template, name: "isles.yaml:4: doc_to_text").render(Self.document)
    }
    let message = error?.description ?? ""
    #expect(message.hasPrefix("isles.yaml:4: doc_to_text, \(place): "), "\(message)")
    for part in parts { #expect(message.contains(part), "\(message)") }
  }

  /// Nothing that a file can contain may overflow the stack.
  static let bombs = [
    "{{ " + String(repeating: "(", count: 50_000) + "1" + String(repeating: ")", count: 50_000)
      + "}}",
    "{{ " + String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000) + "}}",
    "{{ " + String(repeating: "not ", count: 50_000) + "a }}",
    "{{ " + String(repeating: "-", count: 50_000) + "1 }}",
    "{{ 1" + String(repeating: " + 1", count: 50_000) + " }}",
    "{{ a" + String(repeating: ".b", count: 50_000) + " }}",
    "{{ a" + String(repeating: "|trim", count: 50_000) + " }}",
    "{{ a" + String(repeating: " if 1 else a", count: 50_000) + " }}",
    String(repeating: "{% if 1 %}", count: 50_000),
  ]

  @Test(arguments: bombs) func deepNestingIsAnError(template: String) {
    let error = #expect(throws: TemplateError.self) { try Template(template, name: "bomb") }
    #expect(error?.description.contains("deep") == true, "\(error?.description ?? "")")
  }

  @Test func literalsReadBackWhatPythonPrints() throws {
    let value = Value.list([
      .string("it's \"so\"\n"), .integer(-3), .float(2.5), .none, .bool(true), .tuple([]),
      .mapping(Mapping([("é", .list([.string("\\")]))])),
    ])
    #expect(try Template.literal(value.text, name: "literal") == value)
    #expect(throws: TemplateError.self) { try Template.literal("[island]", name: "literal") }
  }
}
