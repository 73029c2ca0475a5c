import Foundation
import Reporting

extension Verdict {
  package static let title = "What splitting did"

  /// How many comparisons show something; then, for each, a sentence.
  package var lead: String {
    let more = findings.count { $0.isShown && $0.difference.mean < 0 }
    let less = findings.count { $0.isShown && $0.difference.mean > 0 }
    let none = findings.count - more - less
    guard !findings.isEmpty else { return "Nothing could be compared." }
    return
      "Of \(findings.count) comparisons, \(more) show\(more == 1 ? "s" : "") that SPUNGE forgets more, "
      + "\(less) that it forgets less, and \(none) no difference."
  }

  package static let note =
    "Shares of what was to be forgotten, on test data: less is more forgotten. The base models are the sample: interval "
    + "and p-value allow for how much they differ and for the choice of prompts (standard error of the hierarchical "
    + "bootstrap over base models, then prompts; Student's t; from \(ReplicatedDifference.fewestForExactTest) base models "
    + "on, p is the exact sign-flip test's). p-values in the sentences are Holm-corrected over all comparisons. "
    + "Could be seen: the smallest true difference that a test at 0.05 finds in about four of five such experiments."

  package static let headings = [
    "scenario", "SPUNGE", "against", "difference, points", "95 % interval", "p", "p (Holm)",
    "could be seen", "each base model",
  ]

  /// One row a comparison, below `headings`.
  package var rows: [[String]] {
    findings.map { finding in
      let (comparison, difference) = (finding.comparison, finding.difference)
      return [
        "\(comparison.scenario), \(comparison.method)",
        "\(comparison.variant) \(share(finding.spunge))",
        "\(comparison.against) \(share(finding.opponent))",
        points(difference.mean),
        difference.interval.map { "\(points($0.lowerBound)) to \(points($0.upperBound))" } ?? "—",
        difference.pValue.map(probability) ?? "—", finding.adjustedP.map(probability) ?? "—",
        difference.detectable.map { String(format: "%.1f", 100 * $0) } ?? "—",
        comparison.baseModels.map { points($0.spunge - $0.opponent) }.joined(separator: ", "),
      ]
    }
  }

  /// The verdict as Markdown without a heading: the lead, then a sentence each.
  package var markdown: String {
    ([lead, ""] + findings.map { "- \($0.sentence)" }).joined(separator: "\n") + "\n"
  }

  /// The lead and the sentences; folded, the numbers of each comparison.
  ///
  /// - Parameters:
  ///   - names: what the names of models and scores mean, folded too.
  ///   - resilience: sentences on what stays forgotten under attack.
  func section(names: String, resilience: [String] = []) -> PaperReport.Section {
    let (numbers, explanation) = ("Each comparison in numbers", "What the names mean")
    return PaperReport.Section(
      HTMLReport.Section(
        Self.title,
        [
          .paragraph(lead), .list(findings.map(\.sentence) + resilience),
          .folded(explanation, [.paragraph(names)]),
          .folded(
            numbers,
            [
              .table(PageTable(headings: Self.headings, blocks: [PageTable.Block(rows: rows)])),
              .paragraph(Self.note),
            ]),
        ]),
      markdown: "## \(Self.title)\n\n\(markdown)" + resilience.map { "- \($0)\n" }.joined() + "\n"
        + PaperReport.folded(explanation, names + "\n")
        + PaperReport.folded(
          numbers, PaperReport.markdown(numbers, Self.headings, rows, note: Self.note)))
  }
}

extension Verdict.Finding {
  /// Means over the base models.
  var spunge: Double { mean(\.spunge) }
  var opponent: Double { mean(\.opponent) }

  private func mean(_ value: (Verdict.BaseModel) -> Double) -> Double {
    let values = comparison.baseModels.map(value)
    return values.reduce(0, +) / Double(values.count)
  }

  /// What the comparison shows, in plain words.
  package var sentence: String {
    let (variant, against) = (comparison.variant, comparison.against)
    let shares = "\(share(spunge)) \(comparison.measure) against \(share(opponent))"
    let finding: String
    if let interval = difference.interval, let adjustedP {
      let change =
        "\(points(difference.mean)) points (95 % interval \(points(interval.lowerBound)) to "
        + "\(points(interval.upperBound)), p \(relation(adjustedP)))"
      if isShown {
        let word = difference.mean < 0 ? "more" : "less"
        finding = "\(variant) forgets \(word) than \(against): \(shares), \(change)."
      } else {
        finding =
          "no difference between \(variant) and \(against) that \(baseModels) can show: \(shares), \(change)."
          + detectable
      }
    } else {
      finding =
        "\(variant) has \(shares) of \(against), \(points(difference.mean)) points on one base model, which says "
        + "nothing about others."
    }
    return "\(comparison.scenario), \(comparison.method): \(finding)\(leftOut)"
  }

  /// What could have been seen at all, where the base models are few.
  private var detectable: String {
    guard let detectable = difference.detectable,
      comparison.baseModels.count < ReplicatedDifference.fewestForExactTest
    else { return "" }
    return String(
      format: " A true difference below %.0f points would mostly not have been seen.",
      (100 * detectable).rounded(.up))
  }

  private var leftOut: String {
    guard !comparison.leftOut.isEmpty else { return "" }
    let numbers = comparison.leftOut.map(String.init).joined(separator: ", ")
    return
      " Left out: base model\(comparison.leftOut.count == 1 ? "" : "s") \(numbers), where no setting qualified."
  }

  private var baseModels: String {
    let words = [
      "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
      "eleven", "twelve",
    ]
    let count = comparison.baseModels.count
    return "\(count < words.count ? words[count] : "\(count)") base models"
  }
}

private func share(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }

/// Percentage points with a sign: `−20.2`.
private func points(_ value: Double) -> String {
  let text = String(format: "%.1f", 100 * abs(value))
  return (Double(text) == 0 ? "" : value < 0 ? "−" : "+") + text
}

private func probability(_ p: Double) -> String {
  p < 0.001 ? "< 0.001" : String(format: "%.3f", p)
}

/// `= 0.031`, or `< 0.001`.
private func relation(_ p: Double) -> String { p < 0.001 ? "< 0.001" : "= \(probability(p))" }
