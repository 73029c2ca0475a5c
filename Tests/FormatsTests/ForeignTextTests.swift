import Formats
import PythonText
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

  @Test func longListsAreCut() {
    #expect(NameList.text((1...10).map(String.init)).hasSuffix("9, 10"))
    #expect(NameList.text((1...300).map(String.init), limit: 3) == "1, 2, 3 and 297 more")
    #expect(NameList.text(["a\u{1B}b"]) == "a\\u{1b}b")
  }

  @Test func messagesFitAScreen() {
    let message =
      "model.gguf: " + String(repeating: "a", count: 100_000) + " is wrong; fetch it again"
    let short = message.fittingScreen()
    #expect(short.count < 400 && short.hasPrefix("model.gguf: aaa"))
    #expect(
      short.contains("(99700 more characters)") && short.hasSuffix(" is wrong; fetch it again"))
    let list = (1...10_000).map { "task\($0)" }.joined(separator: ", ")
    #expect(list.fittingScreen().count < 2100 && list.fittingScreen().hasSuffix("task10000"))
    #expect("short\n message".fittingScreen() == "short\n message")
  }
}
