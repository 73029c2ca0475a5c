import Formats
import PythonText
import Testing

struct FileNameTests {
  @Test(arguments: [
    ("arc_easy", "arc_easy"), ("arc:v2", "arc:v2"), ("spunge_rmu", "spunge_rmu"),
    ("日本語 1.5", "日本語 1.5"),
    ("pretrained=a,dtype=b@c", "pretrained=a,dtype=b@c"),
    ("../../../../X", "%2E.%2F..%2F..%2F..%2FX"),
    ("/etc/passwd", "%2Fetc%2Fpasswd"), ("a/b\\c\0d", "a%2Fb%5Cc%00d"), ("", "%"), (".", "%2E"),
    ("..", "%2E."), (".hidden", "%2Ehidden"), ("50%", "50%25"), ("a\nb", "a%0Ab"), ("%2F", "%252F"),
    ("e\u{301}", "e%CC%81"),
  ])
  func namesStayInTheirFolder(text: String, expected: String) {
    #expect(text.fileName == expected)
    #expect(FileName.text(expected) == text)
  }

  @Test func longNamesAreCutAndDiffer() {
    let text = String(repeating: "日", count: 1000)
    let names = [
      text, text + "a", String(repeating: "/", count: 300), String(repeating: "a", count: 300),
    ]
    .map(\.fileName)
    for name in names {
      #expect(name.utf8.count <= 200 && name.utf8.count > 150 && !name.contains("/"))
      #expect(FileName.text(name) == nil)
    }
    #expect(Set(names).count == names.count)
    #expect(String(repeating: "a", count: 140).fileName.utf8.count == 140)
  }

  @Test func differentTextsHaveDifferentNames() {
    let texts = [
      "a/b", "a_b", "a%2Fb", "a%252Fb", "", "%", "_", ".", "%2E", "A", "a", "a ", "é", "e\u{301}",
    ]
    #expect(Set(texts.map(\.fileName)).count == texts.count)
  }
}
