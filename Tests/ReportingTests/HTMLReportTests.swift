import Crypto
import Evaluation
import Foundation
import TestSupport
import Testing

@testable import Reporting

/// Texts that try to get out of where they are put.
private let hostileTexts = [
  "</script><script>window.pwned = 1</script>", "<img src=x onerror=\"window.pwned = 1\">",
  "\"><svg onload=window.pwned=1>", "<!-- <script>", "'); window.pwned = 1; //",
  "<script src=\"https://example.org/x.js\"></script>",
  "<iframe srcdoc=\"<script>parent.pwned = 1</script>\"></iframe>", "]]>&lt;/script&gt;",
  "\u{0}\u{1B}\u{202E}\u{2028}\u{FFFF}", "", "😀 é 中文 العربية",
]

private func hostileRecords(_ count: Int) -> [CompletionRecord] {
  (0..<count).map { index in
    let text = hostileTexts[index % hostileTexts.count]
    let isJudged = index % 5 != 0
    return CompletionRecord(
      id: "\(index)", source: text, group: index % 3 == 0 ? nil : "group \(index % 4)",
      prompt: text + " the", completion: "\(text) \(index)",
      toxicProbability: isJudged ? Double(index % 997) / 997 : nil,
      isToxic: isJudged ? index % 997 > 498 : nil, flags: index % 7 == 0 ? ["repeated"] : [],
      negativeLogLikelihood: index % 2 == 0 ? 3 : nil, tokens: index % 2 == 0 ? 2 : nil,
      promptIsToxic: index % 4 == 0 ? true : nil, variant: ["base", text][index % 2])
  }
}

private func scoreRecord(
  _ model: String, _ task: String, _ value: Double?, interval: ClosedRange<Double>? = nil
) -> ScoreRecord {
  ScoreRecord(
    model: model, task: task, metric: task.hasPrefix("toxigen") ? "toxic_fraction" : "acc",
    value: value, standardError: 0.01, documents: 10, higherIsBetter: !task.hasPrefix("toxigen"),
    reason: value == nil ? "out of memory" : nil, interval: interval)
}

private func hostilePage(completions: Int) -> HTMLReport {
  let text = hostileTexts.joined()
  let records = hostileTexts.prefix(3).flatMap { model in
    hostileTexts.map { scoreRecord(model, $0, 0.5) }
      + hostileTexts.map { scoreRecord(model, "toxigen/\($0)", 0.25, interval: 0.2...0.3) }
  }
  let report = Report(title: text, records: records, baseline: hostileTexts[0])
  return HTMLReport(
    title: text, introduction: hostileTexts,
    sections: [
      .init(text, [.scores(report), .paragraph(text), .notes(hostileTexts)]),
      .init(
        "Figures",
        [
          .charts(ScoreFigures(report).all.map(\.chart)),
          .table(
            PageTable(
              caption: text, headings: hostileTexts, blocks: [.init(rows: [hostileTexts])])),
        ]),
    ], completions: hostileRecords(completions), provenance: [(name: text, value: text)])
}

@Suite struct HTMLReportTests {
  @Test func hostileTextsStayTexts() throws {
    let page = hostilePage(completions: 100).page()
    // The completions' data and the page's own script.
    #expect(page.ranges(of: "<script").count == 2)
    #expect(page.ranges(of: "</script").count == 2)
    for tag in ["<img", "<iframe", "<svg onload", "<!--", "onerror=\""] {
      #expect(!page.contains(tag), "\(tag)")
    }
    #expect(!page.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
  }

  @Test func onlyTheOwnStyleAndScriptMayRun() throws {
    let page = hostilePage(completions: 1).page()
    for (tag, directive) in [("style", "style-src"), ("script", "script-src")] {
      let start = try #require(page.range(of: "<\(tag)>")).upperBound
      let end = try #require(page.range(of: "</\(tag)>", range: start..<page.endIndex)).lowerBound
      let digest = Data(SHA256.hash(data: Data(page[start..<end].utf8))).base64EncodedString()
      #expect(page.contains("\(directive) 'sha256-\(digest)'"))
    }
    #expect(page.contains("default-src 'none'"))
    // Nothing is fetched.
    for reference in ["href=\"http", "src=\"", "url(", "@import"] {
      #expect(!page.contains(reference), "\(reference)")
    }
  }

  @Test func completionsComeThroughAsTheyAre() throws {
    let records = hostileRecords(60)
    let text = CompletionData(records).scriptText
    #expect(!text.contains("<") && !text.contains(">"))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let data = try #require(object)
    let rows = try #require(data["rows"] as? [[Any]])
    let prompts = try #require(data["prompts"] as? [String])
    let variants = try #require(data["variants"] as? [String])
    let groups = try #require(data["groups"] as? [[String]])
    #expect(rows.count == records.count)
    for (row, record) in zip(rows, records) {
      #expect(row[5] as? String == record.completion)
      #expect((row[4] as? Int).map { prompts[$0] } == record.prompt)
      #expect((row[0] as? Int).map { variants[$0] } == record.variant)
      #expect((row[2] as? Int).map { groups[$0].joined(separator: " + ") } == record.group)
      #expect(row[7] as? Bool == record.isToxic)
      expectClose(
        row[6] as? Double ?? -1, record.toxicProbability ?? -1, absolute: 0.5e-4)
      #expect((row[8] as? Double == nil) == (record.perplexity == nil))
    }
    expectClose(rows[0][8] as? Double ?? .nan, 4.482, absolute: 1e-9)
  }

  @Test func groupsAreATableOfTheirOwn() throws {
    let records = ["base", "rmu"].flatMap { model in
      [scoreRecord(model, "arc", 0.5), scoreRecord(model, "toxigen", 0.25)]
        + ["women", "asian"].map {
          scoreRecord(model, "toxigen/\($0)", $0 == "women" ? 0.31 : nil, interval: 0.25...0.4)
        }
    }
    let report = Report(title: "Scores", records: records, baseline: "base")
    let tables = PageTable.tables(report)
    #expect(tables.map(\.caption) == ["Scores", "Toxicity by group (toxigen), %"])
    #expect(tables[0].headings == ["model", "arc·acc %", "Toxicity ↓ %"])
    #expect(tables[1].headings == ["group", "base", "rmu"])
    #expect(
      tables[1].blocks[0].rows == [
        ["women", "31.00 [25.00, 40.00]", "31.00 [25.00, 40.00] (0.00)"], ["asian", "—", "—"],
      ])
    #expect(report.footnotes.contains("Score [ends of the 95 % interval] where they are given."))
  }

  /// The paper's two measures of completions are read; the others are folded, and all are in CSV and JSON.
  @Test func furtherMeasuresAreDetails() throws {
    let metrics = [
      "toxic_fraction", "toxic_fraction_macro", "degenerate_fraction", "perplexity.dexperts",
      "perplexity.corpus",
    ]
    func report(_ tasks: [String]) -> Report {
      Report(
        title: "Scores",
        records: ["base", "rmu"].flatMap { model in
          tasks.flatMap { task in
            metrics.map {
              ScoreRecord(
                model: model, task: task, metric: $0, value: 0.5, standardError: 0.1,
                documents: 10, higherIsBetter: false)
            }
          }
        }, baseline: "base")
    }
    let one = report(["toxigen"])
    #expect(PageTable.tables(one)[0].headings == ["model", "Toxicity ↓ %", "PPL ↓"])
    #expect(PageTable.details(one)[0].headings.count == 1 + metrics.count)
    let text = ReportFormat.markdown.render(one)
    #expect(text.contains("\n| model | Toxicity ↓ % | PPL ↓ |\n"), "\(text)")
    #expect(ReportFormat.csv.render(one).contains("perplexity.corpus"))
    let page = HTMLReport(title: "", sections: [.init("", [.scores(one)])]).page()
    #expect(page.contains("<details><summary>All scores</summary>"))
    #expect(
      PageTable.tables(report(["toxigen", "other"]))[0].headings.contains("Toxicity (other) ↓ %"))
  }

  /// More columns than a screen has room for become rows.
  @Test func wideTablesAreTurnedRound() {
    let records = ["base", "rmu"].flatMap { model in
      (1...6).map { scoreRecord(model, "task \($0)", 0.5) }
    }
    let report = Report(title: "", records: records, baseline: "base")
    #expect(PageTable.tables(report)[0].headings == ["score", "base", "rmu"])
    #expect(PageTable.details(report).isEmpty)
    #expect(ReportFormat.markdown.render(report).contains("| model | task 1·acc % |"))
  }

  @Test func figuresOfScores() throws {
    var records = ["base", "rmu"].flatMap { model in
      [
        scoreRecord(model, "arc", 0.5), scoreRecord(model, "piqa", 0.7),
        scoreRecord(model, "wmdp_bio", 0.6), scoreRecord(model, "toxigen", 0.25),
      ]
        + ["women", "asian", "muslim"].map { scoreRecord(model, "toxigen/\($0)", 0.2) }
    }
    let figures = ScoreFigures(Report(title: "", records: records, baseline: "base"))
    #expect(
      figures.all.map(\.name) == [
        "toxigen-toxic_fraction-groups-radar", "toxigen-toxic_fraction-groups-bars", "acc",
        "toxic_fraction", "pareto",
      ])
    let pareto = try #require(figures.pareto?.chart as? ParetoChart)
    #expect(pareto.x.name == "toxigen·toxic_fraction" && !pareto.x.higherIsBetter)
    #expect(pareto.y.name == "mean of 2 retained scores" && pareto.y.higherIsBetter)
    expectClose(pareto.entries[0].y, 0.6, absolute: 1e-12)
    // √(0.01² + 0.01²) / 2 · 1.96
    expectClose(
      pareto.entries[0].yInterval?.upperBound ?? .nan, 0.6 + 0.013859038243496777,
      absolute: 1e-12)
    #expect(figures.column(named: "wmdp_bio:acc")?.task == "wmdp_bio")
    #expect(figures.column(named: "wmdp_bio") == nil)
    records.removeAll { $0.task.hasPrefix("toxigen") }
    let without = ScoreFigures(Report(title: "", records: records, baseline: "base"))
    #expect((without.pareto?.chart as? ParetoChart)?.x.name == "wmdp_bio·acc")
  }

  @Test func trainingLogs() throws {
    let lines = (0..<4).map { step in
      """
      {"step": \(step), "domain": "\(["bio", "cyber"][step % 2])", "forgetLoss": \(900 / (step + 1)),
       "retain_loss": 0.5, "forgetCosine": 0.9, "tokens": 64, "note": "x", "bad": null}
      """
    }
    let rows = try lines.map { try JSONDecoder().decode(TrainingLog.Row.self, from: Data($0.utf8)) }
    let chart = try #require(TrainingLog(name: "rmu", rows: rows).chart)
    #expect(chart.panels.map(\.title) == ["Losses", "Cosines"])
    #expect(
      chart.panels[0].series.map(\.name) == [
        "forget loss, bio", "forget loss, cyber", "retain loss, bio", "retain loss, cyber",
      ])
    #expect(chart.panels[0].y.isLogarithmic && !chart.panels[1].y.isLogarithmic)
    #expect(chart.panels[0].series[1].points.map(\.x) == [1, 3])
    #expect(TrainingLog(name: "", rows: []).chart == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(TrainingLog.Row.self, from: Data("{\"loss\": 1}".utf8))
    }
  }

  @Test func figuresOfMerges() throws {
    let text = """
      {"method": "ties", "parts": ["bio", "cyber"], "rows": [
       {"tensor": "a", "module": "embed.weight", "elements": 4, "norms": [3, 0], "mergedNorm": 1,
        "conflicts": 0, "conflictsLeft": 0, "trimmed": [0.5, null], "cosines": [[null], []]},
       {"tensor": "b", "block": 2, "module": "mlp.up_proj.weight", "elements": 4, "norms": [4, 2],
        "mergedNorm": 1, "conflicts": 0.25, "conflictsLeft": 0.125, "trimmed": [0.75, 0.25],
        "cosines": [[-0.5], []]}]}
      """
    let figures = try JSONDecoder().decode(MergeFigures.self, from: Data(text.utf8)).figures
    #expect(
      figures.map(\.name) == [
        "sign-conflicts", "sign-conflicts-left", "trimmed", "norms", "cosines",
      ])
    let maps = figures.compactMap { $0.chart as? HeatMap }
    #expect(maps[0].rows == ["no block", "block 2"])
    #expect(maps[0].columns == ["embed", "mlp.up_proj"])
    #expect(maps[0].values == [[0, nil], [nil, 0.25]])
    #expect(maps[2].values == [[0.5, nil], [nil, 0.5]])
    #expect(maps[3].values == [[1.5, nil], [nil, 3]])
    // −0.5 · 4 · 2 over √(3² + 4²) · 2
    #expect(maps[4].values == [[1, -0.4], [-0.4, 1]])
  }

  /// A browser sorts, filters, unveils and finds nothing that ran; see the script.
  @Test(.enabled(if: Self.hasBrowser))
  func worksInABrowser() throws {
    let folder = try TemporaryFolder()
    let page = try folder.write("page.html", hostilePage(completions: 20_000).page())
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Scripts/check-report-page.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script.path, page]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }

  private static let hasBrowser = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    func has(_ names: [String]) -> Bool {
      folders.contains { folder in
        names.contains { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
      }
    }
    return has(["python3"])
      && has(["chromium", "chromium-browser", "google-chrome", "chrome"])
  }()
}
