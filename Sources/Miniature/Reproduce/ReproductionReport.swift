import Evaluation
import Foundation
package import Reporting
import Spunge

/// What the scenarios' results make: the paper's tables and figures, what goes beyond them, what splitting did.
package struct ReproductionReport {
  package let verdict: Verdict
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
    verdict = Verdict(results)
    let artefacts = PaperArtefacts(
      results.map(\.paperScores), layout, tables: tables, figures: figures)
    let isWhole = tables.isEmpty && figures.isEmpty
    let resilience = results.map(Resilience.init)
    report = PaperReport(
      title: "SPUNGE in a miniature world",
      introduction: [
        "Split, unlearn, merge (Kadhe et al. 2024) on small models of a fictional world, trained on this "
          + "machine. The numbers say nothing about large models; the tables are made as the paper's."
      ], artefacts,
      opening: [
        verdict.section(names: Self.glossary, resilience: resilience.flatMap(\.sentences))
      ],
      figures: isWhole ? ParetoFronts.all(results) : [],
      sections: [Resilience.section(resilience)].compactMap(\.self)
        + results.map { Self.section(EqualPrice($0)) },
      beside: isBesideThePaper ? Self.caution : nil, provenance: provenance)
  }

  /// Writes the report's files, `scores.jsonl` and `verdict.json`.
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
    try WholeFile.write(try verdict.json(), to: "\(folder)/verdict.json")
    try report.write(to: folder)
  }

  static let glossary =
    "TVN (task vector negation) learns the text to forget and subtracts what was learnt; RMU steers its hidden states "
    + "to a random vector. Both unlearn all of it at once; SPUNGE- unlearns each attribute's part from the same base and "
    + "merges with TIES; random- does the same with parts drawn at random. λ is the factor on the difference from the "
    + "base. Toxicity is the share of completions that a classifier calls toxic, PPL the completions' perplexity under a "
    + "larger model, as DExperts defines it: the mean over completions. Settings are chosen by the perplexity over "
    + "all tokens of the completions. Of the hazardous questions (WMDP) fewer right "
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

  /// What a screen has room for: tables, and what splitting did.
  package func overview(isWhole: Bool) -> String {
    report.overview(isWhole: isWhole) + "\n# \(Verdict.title)\n\n\(verdict.markdown)"
  }
}
