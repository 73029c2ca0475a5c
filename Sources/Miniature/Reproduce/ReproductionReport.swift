import Evaluation
import Foundation
package import Reporting
import Spunge

/// What the scenarios' results make: the paper's tables and figures, what goes beyond them, what splitting did.
package struct ReproductionReport {
  package let differences: [Difference]
  package let report: PaperReport
  private let results: [ScenarioResult]

  /// What must be said above the paper's own figures.
  static let caution =
    "The paper's figures are of its own models on its own questions; the measured ones are of the miniature world's "
    + "models on the world's questions. A difference tells two settings apart; it does not say that either is wrong."

  /// - Parameters:
  ///   - layout: of the paper's tables and figures.
  ///   - tables: numbers of the wanted tables.
  ///   - figures: numbers of the wanted figures; with no table either, everything is wanted.
  ///   - isBesideThePaper: whether the paper's own figures stand beside ours.
  ///   - provenance: what the results were made from, for the foot of the page.
  package init(
    _ results: [ScenarioResult], _ layout: PaperArtefacts.Layout, tables: [Int] = [],
    figures: [Int] = [], isBesideThePaper: Bool = false,
    provenance: [(name: String, value: String)] = []
  ) {
    self.results = results
    differences = Difference.all(results)
    let artefacts = PaperArtefacts(
      results.map(\.paperScores), layout, tables: tables, figures: figures)
    let isWhole = tables.isEmpty && figures.isEmpty
    report = PaperReport(
      title: "SPUNGE in a miniature world",
      introduction: [
        "Split, unlearn, merge (Kadhe et al. 2024) on small models of a fictional world, trained on this "
          + "machine. The numbers say nothing about large models; the tables are made as the paper's.",
        Self.glossary,
      ], artefacts, figures: isWhole ? ParetoFronts.all(results) : [],
      sections: results.map { Self.section(EqualPrice($0)) }
        + [Self.differenceSection(differences)],
      beside: isBesideThePaper ? Self.caution : nil, provenance: provenance)
  }

  /// Writes the report's files and `scores.jsonl`.
  package func write(to folder: String) throws {
    let scores = results.flatMap { result in
      result.seeds.flatMap { seed in
        seed.scores.map { score in
          var score = score
          score.model = "\(result.scenario.name)/\(seed.seed)/\(score.model)"
          return score
        }
      }
    }
    try WholeFile.write(try JSONLinesText.encode(scores), to: "\(folder)/scores.jsonl")
    try report.write(to: folder)
  }

  static let glossary =
    "TVN (task vector negation) learns the text to forget and subtracts what was learnt; RMU steers its hidden states "
    + "to a random vector. Both unlearn all of it at once; SPUNGE- unlearns each attribute's part from the same base and "
    + "merges with TIES; random- does the same with parts drawn at random. λ is the factor on the difference from the "
    + "base. Toxicity is the share of completions that a classifier calls toxic, PPL the completions' perplexity under a "
    + "larger model, as DExperts defines it: the mean over completions. Of the hazardous questions (WMDP) fewer right "
    + "answers are what unlearning wants."

  // MARK: Sections

  private static func section(_ equal: EqualPrice) -> PaperReport.Section {
    PaperReport.Section(
      HTMLReport.Section(
        equal.title,
        [
          .table(
            PageTable(headings: equal.headings, blocks: [PageTable.Block(rows: equal.cells)])),
          .paragraph(EqualPrice.note),
        ]),
      markdown: PaperReport.markdown(
        equal.title, equal.headings, equal.cells, note: EqualPrice.note))
  }

  private static let differenceTitle = "Beyond the paper: what splitting did"

  private static let differenceHeadings = [
    "measure", "variant", "against", "change", "relative", "p (Holm)", "base models",
  ]

  private static let differenceNote =
    "Change of the mean over base models; p from paired tests on the same prompts and questions of all base "
    + "models, Holm-corrected over each comparison; the last column has the sign of the change on each base "
    + "model. The tests take the prompts of different base models as independent: they say whether these models "
    + "differ, not whether others would, and have no mark where base models disagree. The random split has as many "
    + "parts as SPUNGE's, merged the same way: what it gains is not due to the attribute."

  private static func differenceSection(_ differences: [Difference]) -> PaperReport.Section {
    let rows = differences.map(row)
    return PaperReport.Section(
      HTMLReport.Section(
        differenceTitle,
        [
          .table(
            PageTable(headings: differenceHeadings, blocks: [PageTable.Block(rows: rows)])),
          .paragraph(differenceNote),
        ]),
      markdown: PaperReport.markdown(
        differenceTitle, differenceHeadings, rows, note: differenceNote))
  }

  private static func row(_ difference: Difference) -> [String] {
    let cell = difference.comparison
    let isShare = !difference.measure.contains("perplexity")
    let change = isShare ? 100 * cell.change : cell.change
    let signs = difference.signs.map { $0 > 0 ? "+" : $0 < 0 ? "−" : "0" }.joined()
    return [
      "\(difference.scenario): \(difference.measure)", difference.variant, difference.baseline,
      signed(change) + (isShare ? " points" : ""),
      difference.relative.map { signed(100 * $0) + " %" } ?? "—",
      cell.adjustedP.map { p in
        (p < 0.001 ? "< 0.001" : String(format: "%.3f", p))
          + (difference.isSameEverywhere ? cell.mark : "")
      } ?? "—", signs,
    ]
  }

  private static func signed(_ value: Double) -> String {
    (value < 0 ? "−" : "+") + String(format: "%.2f", abs(value))
  }
}
