import Formats
import Testing

/// Every format of output gets the same hostile texts.
struct MarkupTests {
  static let hostile = [
    "=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1", "＝1+1",
    "=HYPERLINK(\"http://h\",\"x\")",
    "a,b", "a\"b", "two\nlines", "two\r\nlines", "[x](javascript:alert(1))", "![y](http://h/i.png)",
    "<img src=x onerror=alert(1)>", "a|b", "`code`", "# heading", "- item", "1. item",
    "> quotation",
    "**bold**", "~~struck~~", "$x$", "&lt;", "http://h", "www.h.example", "\\input{/etc/passwd}",
    "100 % & more_ #1 ^ ~ {x}", "[2cm] row", "* row", "\u{1B}[31mred\u{1B}[0m",
    "\u{1B}]0;title\u{7}",
    "\u{9B}2J", "\u{202E}right to left", "nul\0", "\u{FFFE}", "::error::x", "a\n::error file=x::y",
    " \u{A0}::stop-commands::z", "##[error]x", "a\u{2028}::warning::b", "\u{E0041}tag",
  ]

  private func hasControls(_ text: String, except kept: String = "") -> Bool {
    text.unicodeScalars.contains { scalar in
      scalar.properties.generalCategory == .control && !kept.unicodeScalars.contains(scalar)
        || "\u{2028}\u{2029}\u{202E}\u{E0041}".unicodeScalars.contains(scalar)
    }
  }

  @Test(arguments: hostile)
  func spreadsheetsSeeNoFormula(text: String) throws {
    let field = text.csvField
    var cell = field
    if field.hasPrefix("\"") {
      try #require(field.hasSuffix("\"") && field.count > 1)
      cell = String(field.dropFirst().dropLast()).replacing("\"\"", with: "\"")
      #expect(!String(field.dropFirst().dropLast()).replacing("\"\"", with: "").contains("\""))
    } else {
      #expect(!field.contains { $0 == "," || $0 == "\"" || $0.isNewline })
    }
    #expect(Double(cell) != nil || !"=+-@\t\r＝".contains(cell.first { $0 != " " } ?? "a"))
    #expect(!hasControls(field, except: "\t\r\n"))
  }

  @Test(arguments: ["1", "-1.5", "+2", "1e-05", "-0.25", "arc_easy", "spunge-rmu", ""])
  func ordinaryCellsStay(text: String) { #expect(text.csvField == text) }

  @Test(arguments: hostile)
  func markdownIsText(text: String) {
    let result = text.markdown
    let bare = result.replacing(/\\./, with: "")
    #expect(!bare.contains { "|`*_<~$".contains($0) }, "\(result)")
    #expect(bare.firstMatch(of: /\][(\[:]|&[#a-zA-Z]|:\/\/|www\./) == nil, "\(result)")
    #expect(result.firstMatch(of: /^(?:[-#>+=]|\d+[.)](?:\s|$))/) == nil, "\(result)")
    #expect(!hasControls(result), "\(result)")
    let code = text.markdownCode
    #expect(code == result || code == "`\(text.oneLine)`" && !text.contains("`"))
  }

  @Test(arguments: [
    "63.55 [60.00, 66.10]", "A & B", "0.8 → 0.6, allowed: 5 %", "spunge-rmu (a)", "1.5",
  ])
  func ordinaryMarkdownStays(text: String) { #expect(text.markdown == text) }

  @Test(arguments: hostile)
  func latexIsText(text: String) {
    let result = text.latex
    let known = /\\(?:text[a-z]+\{\}|[&%$#_{}])|\$(?:\\[a-z]+|[-<>])\$|\{[\[*]\}/
    let bare = result.replacing(known, with: "")
    #expect(!bare.contains { "\\&%$#_{}^~".contains($0) }, "\(result)")
    #expect(!result.hasPrefix("[") && !result.hasPrefix("*"), "\(result)")
    #expect(!hasControls(result), "\(result)")
  }

  @Test(arguments: hostile)
  func xmlIsText(text: String) {
    let result = text.xml
    let bare = result.replacing(/&(?:amp|lt|gt|quot|#39);/, with: "")
    #expect(!bare.contains { "&<>\"'".contains($0) }, "\(result)")
    #expect(
      !result.unicodeScalars.contains {
        $0.value < 0x20 && $0 != "\n" && $0 != "\t" || (0xFFFE...0xFFFF).contains($0.value)
      }, "\(result)")
  }

  @Test(arguments: hostile)
  func annotationsAreOneLine(text: String) {
    #expect(
      !text.workflowData.contains { $0.isNewline } && !hasControls(text.workflowData, except: "\t"))
    let property = text.workflowProperty
    #expect(!property.contains { $0.isNewline || $0 == ":" || $0 == "," }, "\(property)")
  }

  @Test(arguments: hostile)
  func printedTextSteersNothing(text: String) {
    let printed = text.printable(inWorkflow: true)
    #expect(!hasControls(printed.replacing("\r\n", with: "\n"), except: "\t\n"), "\(printed)")
    for line in printed.split(separator: "\n") {
      #expect(!line.drop { $0.isWhitespace }.hasPrefix("::") && !line.contains("##["), "\(line)")
    }
    #expect(!hasControls(text.oneLine), "\(text.oneLine)")
  }

  @Test func printingKeepsWhatIsHarmless() {
    #expect("a,b\r\nc\n".printable(inWorkflow: true) == "a,b\r\nc\n")
    #expect("a\rb\r".printable(inWorkflow: false) == "a\\rb\\r")
    #expect("a::b".printable(inWorkflow: true) == "a::b")
    #expect("::b".printable(inWorkflow: false) == "::b")
  }
}
