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
    }
    return (rows + warnings.map { "warning: \($0)" } + [verdict]).joined(separator: "\n") + "\n"
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
    var lines = ["## \(passes ? "✅" : "❌") \(MarkdownText.escaped(verdict))", ""]
    if !failures.isEmpty { lines += Self.table(failures) + [""] }
    lines += warnings.map { "- ⚠️ " + MarkdownText.escaped($0) }
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
        return "| " + cells.map(MarkdownText.escaped).joined(separator: " | ") + " |"
      }
  }

  /// GitHub workflow commands: one annotation for each failure and warning.
  package var workflowCommands: String {
    let errors = failures.map { row in
      "::error title=\(Self.property("Regression: \(row.name)"))::"
        + Self.data(Self.label(row.outcome) + row.message)
    }
    let news = rows.filter { $0.outcome == .new }.map { row in
      "::notice title=\(Self.property("New score: \(row.name)"))::" + Self.data(row.message)
    }
    let others = warnings.map { "::warning title=Baseline::" + Self.data($0) }
    return (errors + others + news).map { $0 + "\n" }.joined()
  }

  private static func data(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }

  /// JUnit's XML, as CI servers read it: a test case for each row.
  package var junit: String {
    let cases = rows.map { row in
      let name =
        "name=\"\(Self.xml(row.column.metric + (row.column.filter == "none" ? "" : " " + row.column.filter)))\""
      let open =
        "    <testcase classname=\"\(Self.xml("\(row.model).\(row.column.task)"))\" \(name) time=\"0\""
      if row.fails {
        let message = Self.xml(Self.label(row.outcome) + row.message)
        return open
          + ">\n      <failure type=\"\(row.outcome.rawValue)\" message=\"\(message)\"/>\n"
          + "    </testcase>"
      }
      if row.outcome == .new {
        return open + ">\n      <skipped message=\"\(Self.xml(row.message))\"/>\n    </testcase>"
      }
      return open + "/>"
    }
    let news = rows.count { $0.outcome == .new }
    let counts =
      "tests=\"\(rows.count)\" failures=\"\(failures.count)\" errors=\"0\" skipped=\"\(news)\""
    let output =
      warnings.isEmpty
      ? [] : ["    <system-out>\(Self.xml(warnings.joined(separator: "\n")))</system-out>"]
    let title = "name=\"\(Self.xml(name))\""
    return
      ([
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites \(counts)>",
        "  <testsuite \(title) \(counts) time=\"0\">",
      ] + cases + output
      + ["  </testsuite>", "</testsuites>"]).joined(separator: "\n") + "\n"
  }

  /// Text for XML 1.0: no control characters, the five special ones spelled out.
  private static func xml(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n": result += "&#10;"
      case "\t": result += "&#9;"
      case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value):
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
