import Formats
import Foundation

extension RegressionCheck {
  /// One line of what was found.
  package var verdict: String {
    let counts = [
      (rows.count { $0.outcome == .passed }, "passed"), (failures.count, "failed"),
      (rows.count { $0.outcome == .new }, "new"),
    ]
    let text = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    return "\(name): \(passes ? "no regression" : "regression") (\(text))"
  }

  /// For a terminal: offending rows, then new ones, warnings and the verdict.
  package var text: String {
    let rows = (failures + rows.filter { $0.outcome == .new }).map {
      "\($0.fails ? "FAILED" : "new   ")  \($0.name): \(Self.label($0.outcome))\($0.message)"
        .oneLine
    }
    return (rows + warnings.map { "warning: \($0)".oneLine } + [verdict.oneLine]).joined(
      separator: "\n") + "\n"
  }

  private static func label(_ outcome: Outcome) -> String {
    switch outcome {
    case .passed, .failed, .new: ""
    case .missing: "missing: "
    case .notANumber: "not a number: "
    case .incomparable: "not comparable: "
    }
  }

  /// For `$GITHUB_STEP_SUMMARY`: failures in a table, everything in a folded one.
  package var markdown: String {
    var lines = ["## \(passes ? "✅" : "❌") \(verdict.markdown)", ""]
    if !failures.isEmpty { lines += Self.table(failures) + [""] }
    lines += warnings.map { "- ⚠️ " + $0.markdown }
    if !warnings.isEmpty { lines.append("") }
    lines += ["<details><summary>All \(rows.count) rows</summary>", ""]
    lines += Self.table(rows) + ["", "</details>"]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func table(_ rows: [Row]) -> [String] {
    func number(_ value: Double?, _ column: ScoreColumn, signed: Bool = false) -> String {
      value.map { CellText.number($0, CellText.isFraction(column), signed: signed) } ?? "—"
    }
    return [
      "| | variant | score | baseline | run | change | |",
      "|---|---|---|---:|---:|---:|---|",
    ]
      + rows.map { row in
        let cells = [
          row.fails ? "❌" : row.outcome == .new ? "🆕" : "✅", row.model,
          row.column.name + (CellText.isFraction(row.column) ? " %" : ""),
          number(row.baseline, row.column), number(row.value, row.column),
          number(row.change, row.column, signed: true),
          row.outcome == .passed ? "" : label(row.outcome) + row.message,
        ]
        return "| " + cells.map(\.markdown).joined(separator: " | ") + " |"
      }
  }

  /// GitHub workflow commands: one annotation for each failure and warning.
  package var workflowCommands: String {
    let errors = failures.map { row in
      "::error title=\("Regression: \(row.name)".workflowProperty)::"
        + (Self.label(row.outcome) + row.message).workflowData
    }
    let news = rows.filter { $0.outcome == .new }.map { row in
      "::notice title=\("New score: \(row.name)".workflowProperty)::" + row.message.workflowData
    }
    let others = warnings.map { "::warning title=Baseline::" + $0.workflowData }
    return (errors + others + news).map { $0 + "\n" }.joined()
  }

  /// JUnit's XML, as CI servers read it: a test case for each row.
  package var junit: String {
    let cases = rows.map { row in
      let name =
        "name=\"\(Self.attribute(row.column.metric + (row.column.filter == "none" ? "" : " " + row.column.filter)))\""
      let open =
        "    <testcase classname=\"\(Self.attribute("\(row.model).\(row.column.task)"))\" \(name) time=\"0\""
      if row.fails {
        let message = Self.attribute(Self.label(row.outcome) + row.message)
        return open
          + ">\n      <failure type=\"\(row.outcome.rawValue)\" message=\"\(message)\"/>\n"
          + "    </testcase>"
      }
      if row.outcome == .new {
        return open
          + ">\n      <skipped message=\"\(Self.attribute(row.message))\"/>\n    </testcase>"
      }
      return open + "/>"
    }
    let news = rows.count { $0.outcome == .new }
    let counts =
      "tests=\"\(rows.count)\" failures=\"\(failures.count)\" errors=\"0\" skipped=\"\(news)\""
    let output =
      warnings.isEmpty
      ? [] : ["    <system-out>\(warnings.joined(separator: "\n").xml)</system-out>"]
    let title = "name=\"\(Self.attribute(name))\""
    return
      ([
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites \(counts)>",
        "  <testsuite \(title) \(counts) time=\"0\">",
      ] + cases + output
      + ["  </testsuite>", "</testsuites>"]).joined(separator: "\n") + "\n"
  }

  /// In an attribute a parser takes a plain line break for a space.
  private static func attribute(_ text: String) -> String {
    text.xml.replacing("\n", with: "&#10;").replacing("\t", with: "&#9;")
  }
}
