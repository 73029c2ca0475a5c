import Formats
package import Evaluation
import Crypto
import Foundation

/// One page with tables, figures and completions that opens from a file, without a network.
///
/// Only the page's own style and script may run, by their digests; every text is escaped.
package struct HTMLReport: Sendable {
  /// Something that stands in a section.
  package enum Block: Sendable {
    case paragraph(String)
    /// Small print, one item a line.
    case notes([String])
    /// Figures side by side where the screen is wide enough.
    case charts([any Chart])
    case table(PageTable)
    /// A table of scores with its footnotes; remarks on single scores are folded.
    case scores(Report)
  }

  package struct Section: Sendable {
    package var heading: String
    package var blocks: [Block]

    package init(_ heading: String, _ blocks: [Block]) {
      self.heading = heading
      self.blocks = blocks
    }
  }

  package var title: String
  /// Sentences below the title.
  package var introduction: [String]
  package var sections: [Section]
  package var completions: [CompletionRecord]
  /// Where the numbers come from: name and value of each fact.
  package var provenance: [(name: String, value: String)]

  package init(
    title: String, introduction: [String] = [], sections: [Section],
    completions: [CompletionRecord] = [], provenance: [(name: String, value: String)] = []
  ) {
    self.title = title
    self.introduction = introduction
    self.sections = sections
    self.completions = completions
    self.provenance = provenance
  }

  /// The whole page.
  package func page() -> String {
    let style = PageStyle.css + ChartStyle.css
    let script = PageScript.source
    let policy =
      "default-src 'none'; style-src '\(Self.digest(style))'; script-src '\(Self.digest(script))'; "
      + "base-uri 'none'; form-action 'none'"
    var page = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="referrer" content="no-referrer">
      <title>\(title.xml)</title>
      <style>\(style)</style>
      </head>
      <body>
      <header>
      <h1>\(title.xml)</h1>
      \(introduction.map { "<p>\($0.xml)</p>\n" }.joined())</header>

      """
    page += contents
    page += "<main>\n"
    for (index, section) in sections.enumerated() {
      page += "<section id=\"section-\(index + 1)\">\n<h2>\(section.heading.xml)</h2>\n"
      for block in section.blocks { page += Self.markup(block) }
      page += "</section>\n"
    }
    if !completions.isEmpty { page += CompletionSection.markup(completions) }
    page += "</main>\n" + footer
    return page + "<script>\(script)</script>\n</body>\n</html>\n"
  }

  /// `sha256-…`, as the policy names what may run.
  private static func digest(_ text: String) -> String {
    "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
  }

  private var contents: String {
    var links = sections.enumerated().map { index, section in
      "<li><a href=\"#section-\(index + 1)\">\(section.heading.xml)</a></li>"
    }
    if !completions.isEmpty { links.append("<li><a href=\"#completions\">Completions</a></li>") }
    if !provenance.isEmpty { links.append("<li><a href=\"#provenance\">Provenance</a></li>") }
    guard links.count > 1 else { return "" }
    return "<nav aria-label=\"Contents\"><ul>\(links.joined())</ul></nav>\n"
  }

  private var footer: String {
    guard !provenance.isEmpty else { return "" }
    let facts = provenance.map {
      "<dt>\($0.name.xml)</dt><dd>\($0.value.xml)</dd>\n"
    }
    return
      "<footer id=\"provenance\">\n<h2>Provenance</h2>\n<dl>\n\(facts.joined())</dl>\n</footer>\n"
  }

  private static func markup(_ block: Block) -> String {
    switch block {
    case .paragraph(let text): "<p>\(text.xml)</p>\n"
    case .notes(let lines): notes(lines)
    case .charts(let charts):
      "<div class=\"figures\">\n"
        + charts.map { "<figure>\n\($0.drawing().inline)</figure>\n" }.joined() + "</div>\n"
    case .table(let table): table.markup
    case .scores(let report):
      PageTable.tables(report).map(\.markup).joined() + notes(report.legend)
        + folded(report.remarks) + notes(report.notes)
    }
  }

  /// Lines behind one that says how many they are.
  private static func folded(_ lines: [String]) -> String {
    guard !lines.isEmpty else { return "" }
    let what = lines.count == 1 ? "1 remark" : "\(lines.count) remarks"
    return "<details class=\"remarks\"><summary>\(what) on these scores</summary>\n"
      + notes(lines) + "</details>\n"
  }

  private static func notes(_ lines: [String]) -> String {
    let items = lines.map { "<li>\($0.xml)</li>\n" }
    return items.isEmpty ? "" : "<ul class=\"notes\">\n\(items.joined())</ul>\n"
  }
}
