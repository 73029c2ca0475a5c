import PythonText
import Testing

/// Values in Python's notation.
@Suite struct PythonLiteralTests {
  /// Texts and what `ast.literal_eval` of Python 3.11 makes of them; nil for an error.
  static let cases: [(String, String?)] = [
    ("[1,]", "[1]"), ("['a' 'b']", "['ab']"), (#"[r'\n', u'x']"#, #"['\\n', 'x']"#),
    ("[1_000, 0x1F, 0o17, 0b11, 00]", "[1000, 31, 15, 3, 0]"), ("[+1, - 2]", "[1, -2]"),
    ("[1., .5, 1e5, 1E-3]", "[1.0, 0.5, 100000.0, 0.001]"), ("[(1), (1,), ()]", "[1, (1,), ()]"),
    (#"['\x41\u00e9\101\q']"#, #"['AéA\\q']"#), ("['''a\nb''']", #"['a\nb']"#),
    ("[{'a': 1, 2: [None]}]", "[{'a': 1, 2: [None]}]"), ("[#c\n1] # d", "[1]"),
    ("[1,\n 2]", "[1, 2]"), ("1, 2", "(1, 2)"), ("['a\\\nb']", "['ab']"), ("['']", "['']"),
    ("[007]", nil), ("[1__0]", nil), ("[1_]", nil), ("[1]+[2]", nil), ("[1][0]", nil),
    ("['a\nb']", nil), ("[true]", nil), ("[1 or 2]", nil), ("[not 1]", nil), ("[,]", nil),
    ("[1 2]", nil), ("['abc]", nil), ("[0x]", nil), ("[1.2.3]", nil), ("['a'*2]", nil), ("", nil),
    ("[.e+2]", nil), (#"['\x-0']"#, nil), ("['a'.upper()]", nil), ("[1e+_2]", nil),
  ]

  @Test(arguments: cases)
  func literals(text: String, expected: String?) {
    #expect((try? Template.literal(text, name: "literal"))?.representation == expected)
  }

  @Test func deepLiteralsAreRefused() {
    let text = String(repeating: "[", count: 200_000)
    #expect(throws: TemplateError.self) { try Template.literal(text, name: "literal") }
  }
}
