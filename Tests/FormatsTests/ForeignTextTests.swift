import Formats
import Testing

struct ForeignTextTests {
  @Test(arguments: [
    ("plain", "plain"), ("a\u{1B}[31mb", "a\\u{1b}[31mb"), ("two\nlines\t!", "two\\nlines\\t!"),
    ("\u{9B}2J", "\\u{9b}2J"), ("\u{202E}right", "\\u{202e}right"), ("ж é 日", "ж é 日"),
  ])
  func messagesQuoteOnOneLine(text: String, expected: String) {
    #expect(text.shown() == expected)
  }

  @Test func longTextIsShortened() {
    let shown = String(repeating: "a", count: 1_000_000).shown()
    #expect(shown == String(repeating: "a", count: 200) + "… (999800 more characters)")
    #expect("e\u{301}".shown(limit: 2) == "e\u{301}")
  }

  @Test func terminalsGetLinesButNoControls() {
    #expect("a\n\tb\u{7}\r\u{1B}]0;x".terminalSafe == "a\n\tb\\u{7}\\r\\u{1b}]0;x")
  }

  @Test(arguments: [
    ("arc_easy", "arc_easy"), ("../../../../X", "_.._.._.._.._X"), ("a/b\\c\0d", "a_b_c_d"),
    ("", "_"), (".", "_."), (".hidden", "_.hidden"), ("日本語 1.5", "日本語 1.5"),
  ])
  func foreignNamesStayInTheirFolder(text: String, expected: String) {
    #expect(text.fileName == expected)
  }

  @Test func fileNamesFit() {
    let name = String(repeating: "日", count: 1000).fileName
    #expect(name.utf8.count <= 200 && name.utf8.count > 190)
  }
}
