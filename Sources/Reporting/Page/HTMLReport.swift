import Formats
package import Evaluation
import Crypto
import Foundation

/// A self-contained page with tables, figures and completions.
///
/// The content security policy allows only the page's own style and script, by digest; all text is escaped.
package struct HTMLReport: Sendable {
  /// A part of a section.
  package enum Block: Sendable {
    case paragraph(String)
    /// Sentences, one per line.
    case list([String])
    /// Footnotes, one per line.
    case notes([String])
    /// Figures, side by side if the screen is wide enough.
    case charts([any Chart])
    case table(PageTable)
    /// A table of scores with collapsed footnotes, except for the one that explains the cells.
    case scores(Report)
    /// Collapsed blocks with a summary line.
    indirect case folded(String, [Block])
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
  /// Provenance of the numbers as names and values.
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
      for block in section.blocks { page += Self.markup(block, below: section.heading) }
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
    return "<nav aria-label=\"Contents\"><details><summary>Contents</summary>\n"
      + "<ul>\(links.joined())</ul></details></nav>\n"
  }

  private var footer: String {
    guard !provenance.isEmpty else { return "" }
    let facts = provenance.map {
      "<dt>\($0.name.xml)</dt><dd>\($0.value.xml)</dd>\n"
    }
    return
      "<footer id=\"provenance\">\n<h2>Provenance</h2>\n<dl>\n\(facts.joined())</dl>\n</footer>\n"
  }

  /// - Parameter heading: what a table need not say again.
  private static func markup(_ block: Block, below heading: String) -> String {
    switch block {
    case .paragraph(let text): "<p>\(text.xml)</p>\n"
    case .list(let lines): list(lines, "list")
    case .notes(let lines): list(lines, "notes")
    case .charts(let charts):
      "<div class=\"figures\">\n"
        + charts.map { "<figure>\n\($0.drawing().inline)</figure>\n" }.joined() + "</div>\n"
    case .table(let table): table.markup(showsCaption: table.caption != heading)
    case .scores(let report): scores(report).map { markup($0, below: heading) }.joined()
    case .folded(let summary, let blocks):
      "<details><summary>\(summary.xml)</summary>\n"
        + blocks.map { markup($0, below: heading) }.joined() + "</details>\n"
    }
  }

  private static func scores(_ report: Report) -> [Block] {
    let footnotes = report.foldedFootnotes
    let details = PageTable.details(report)
    return PageTable.tables(report).map { .table($0) } + [.notes([report.cellMeaning])]
      + (footnotes.lines.isEmpty ? [] : [.folded(footnotes.summary, [.notes(footnotes.lines)])])
      + (details.isEmpty ? [] : [.folded("All scores", details.map { .table($0) })])
  }

  private static func list(_ lines: [String], _ kind: String) -> String {
    // A number and its unit stay on one line.
    let items = lines.map { "<li>\($0.replacing(" %", with: "\u{A0}%").xml)</li>\n" }
    return items.isEmpty ? "" : "<ul class=\"\(kind)\">\n\(items.joined())</ul>\n"
  }
}
