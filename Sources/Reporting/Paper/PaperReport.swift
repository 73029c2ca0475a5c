import Formats
import Foundation

/// Everything that a reproduction of the paper makes: its tables and figures, what goes beyond them, a summary, a page.
package struct PaperReport {
  /// A section with its Markdown.
  package struct Section {
    package let page: HTMLReport.Section
    package let markdown: String

    package init(_ page: HTMLReport.Section, markdown: String) {
      self.page = page
      self.markdown = markdown
    }
  }

  package let artefacts: PaperArtefacts
  private let title: String
  private let introduction: [String]
  /// What stands before tables and figures: the verdict.
  private let opening: [Section]
  /// Figures that go beyond the paper.
  private let figures: [PaperArtefacts.Figure]
  /// What follows tables and figures.
  private let sections: [Section]
  /// What must be said above the paper's own figures; nil where they do not stand beside ours.
  private let caution: String?
  private let provenance: [(name: String, value: String)]

  package init(
    title: String, introduction: [String], _ artefacts: PaperArtefacts,
    opening: [Section] = [], figures: [PaperArtefacts.Figure] = [], sections: [Section] = [],
    beside caution: String?,
    provenance: [(name: String, value: String)]
  ) {
    self.title = title
    self.introduction = introduction
    self.artefacts = artefacts
    self.opening = opening
    self.figures = figures
    self.sections = sections
    self.caution = caution
    self.provenance = provenance
  }

  private var allTables: [PaperArtefacts.Table] { artefacts.tables + artefacts.beyond }
  private var allFigures: [PaperArtefacts.Figure] {
    [artefacts.exchange].compactMap(\.self) + artefacts.figures + figures
  }

  // MARK: Files

  /// Folders of `files` that hold nothing else.
  package static let folders = ["tables", "figures"]

  /// Every file with its path below the folder of the results.
  package var files: [(path: String, text: String)] {
    var files: [(path: String, text: String)] = []
    for table in allTables {
      for format in ReportFormat.all {
        guard let file = format.fileName else { continue }
        let suffix = URL(filePath: file).pathExtension
        files.append(("tables/\(table.name).\(suffix)", format.render(table.report)))
      }
      if let caution, let beside = beside(table) {
        files.append(
          ("tables/\(table.name)-beside-the-paper.md", caution + "\n\n" + beside.markdown))
      }
    }
    files += allFigures.map { figure in
      ("figures/\(figure.name).svg", figure.chart.drawing().file)
    }
    return files + [("summary.md", summary), ("report.html", page)]
  }

  // MARK: Markdown

  /// The opening, a figure, all tables, then the sections; what is not read first is folded.
  package var summary: String {
    let tables = allTables.flatMap { table in
      [ReportFormat.foldedMarkdown(table.report), besideMarkdown(table)].compactMap(\.self)
    }
    let figure = artefacts.exchange.map { ["![\($0.chart.title)](figures/\($0.name).svg)\n"] }
    let quoted = quotedSection.map { [$0.markdown] } ?? []
    return
      (["# \(title)\n", introduction.joined(separator: " ") + "\n"] + opening.map(\.markdown)
      + (figure ?? []) + tables + quoted + sections.map(\.markdown))
      .joined(separator: "\n")
  }

  /// What a screen has room for: the tables that are short, all where few are wanted.
  package func overview(isWhole: Bool) -> String {
    artefacts.tables.filter { !isWhole || !$0.report.columnsAreRows }
      .map { ReportFormat.markdown.render($0.report) }.joined(separator: "\n")
  }

  private func beside(_ table: PaperArtefacts.Table) -> PaperComparison? {
    guard caution != nil, let beside = table.beside, !beside.rows.isEmpty else { return nil }
    return beside
  }

  private func besideMarkdown(_ table: PaperArtefacts.Table) -> String? {
    guard let caution, let beside = beside(table) else { return nil }
    let shown = beside.besideTable
    let isFirst = self.isFirst(table)
    return Self.markdown(
      shown.caption, shown.headings, shown.blocks[0].rows, note: isFirst ? caution : "")
      + "\n"
      + Self.folded(
        "Notes", notes(beside, isFirst: isFirst).map { $0.markdown + "  \n" }.joined())
  }

  /// What must be said above the paper's own figures is read once.
  private func isFirst(_ table: PaperArtefacts.Table) -> Bool {
    table.name == artefacts.tables.first?.name
  }

  private func notes(_ beside: PaperComparison, isFirst: Bool) -> [String] {
    (isFirst ? [] : [caution].compactMap(\.self)) + beside.notes
      + ["Paper: \(beside.table.source)"]
  }

  /// Markdown behind one line.
  package static func folded(_ summary: String, _ markdown: String) -> String {
    "<details><summary>\(summary.xml)</summary>\n\n\(markdown)\n</details>\n"
  }

  /// A table as GitHub-flavoured Markdown with a note below it.
  package static func markdown(
    _ title: String, _ headings: [String], _ rows: [[String]], note: String
  ) -> String {
    let lines = ([headings, headings.map { _ in "---" }] + rows).map {
      "| " + $0.joined(separator: " | ") + " |"
    }
    return (["### \(title)", ""] + lines + ["", note, ""]).joined(separator: "\n")
  }

  private var quotedSection: Section? {
    guard let caution, !artefacts.quoted.isEmpty else { return nil }
    let title = "Relative changes that the paper quotes, and ours"
    let headings = PaperArtefacts.quotedHeadings
    return Section(
      HTMLReport.Section(
        title,
        [
          .table(
            PageTable(headings: headings, blocks: [PageTable.Block(rows: artefacts.quoted)])),
          .paragraph(caution),
        ]),
      markdown: Self.markdown(title, headings, artefacts.quoted, note: caution))
  }

  // MARK: Page

  private var page: String {
    func section(_ table: PaperArtefacts.Table) -> HTMLReport.Section {
      HTMLReport.Section(table.report.title, [.scores(table.report)] + besideBlocks(table))
    }
    func section(_ figure: PaperArtefacts.Figure) -> HTMLReport.Section {
      HTMLReport.Section(figure.chart.title, [.charts([figure.chart])])
    }
    let pages =
      opening.map(\.page) + [artefacts.exchange].compactMap(\.self).map(section)
      + artefacts.tables.map(section) + artefacts.figures.map(section)
      + artefacts.beyond.map(section) + figures.map(section)
      + (quotedSection.map { [$0.page] } ?? []) + sections.map(\.page)
    return HTMLReport(
      title: title, introduction: introduction, sections: pages, provenance: provenance
    ).page()
  }

  private func besideBlocks(_ table: PaperArtefacts.Table) -> [HTMLReport.Block] {
    guard let caution, let beside = beside(table) else { return [] }
    let isFirst = self.isFirst(table)
    return [.table(beside.besideTable)] + (isFirst ? [.paragraph(caution)] : [])
      + [.folded("Notes", [.notes(notes(beside, isFirst: isFirst))])]
  }
}
