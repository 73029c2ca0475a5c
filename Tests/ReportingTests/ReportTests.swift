import Evaluation
import TestSupport
import Testing

@testable import Reporting

/// Two tasks with forty documents; `rmu` loses all of `arc`, keeps `piqa`, and has no perplexity.
private func sampleReport(mean: Bool = false) -> Report {
  func score(
    _ model: String, _ task: String, _ metric: String, _ value: Double?, _ error: Double?,
    reason: String? = nil
  ) -> ScoreRecord {
    .init(
      model: model, task: task, metric: metric, value: value, standardError: error, documents: 40,
      higherIsBetter: metric == "acc", reason: reason)
  }
  let records = [
    score("base", "arc", "acc", 0.75, 0.069), score("base", "piqa", "acc", 0.5, 0.08),
    score("base", "wiki", "word_perplexity", 18.25, nil),
    score("spunge_rmu", "arc", "acc", 0.25, 0.069), score("spunge_rmu", "piqa", "acc", 0.525, 0.08),
    score("spunge_rmu", "wiki", "word_perplexity", nil, nil, reason: "ran out of memory"),
  ]
  func samples(_ correct: [String: Set<Int>]) -> [SampleRecord] {
    correct.flatMap { task, ids in
      (0..<40).map {
        SampleRecord(
          task: task, documentID: $0, target: "0",
          outcomes: [.init(metrics: ["acc": ids.contains($0) ? 1 : 0])],
          promptDigest: "\(task)\($0)")
      }
    }
  }
  return Report(
    title: "A & B | 100%", records: records,
    samples: [
      "base": samples(["arc": Set(0..<30), "piqa": Set(0..<20)]),
      "spunge_rmu": samples(["arc": Set(0..<10), "piqa": Set(0..<21)]),
    ],
    baseline: "base", groups: ["spunge_rmu": "unlearned"],
    meanColumns: mean ? ["arc·acc", "piqa·acc"] : [], notes: ["Seed 1."])
}

private let legend = """
  * p < 0.05, ** p < 0.01: paired test on the same documents (exact McNemar for right/wrong \
  metrics, else z), Holm-corrected over the table.
  """

@Suite struct ReportTests {
  @Test func comparisonPairsDocuments() throws {
    let report = sampleReport()
    let arc = try #require(
      report.comparison["spunge_rmu", ScoreColumn(task: "arc", metric: "acc")])
    expectClose(arc.change, -0.5, absolute: 1e-12)
    let paired = try #require(arc.paired)
    #expect(paired.documents == 40)
    // Twenty lost, none gained, and two tests in the table.
    expectClose(paired.pValue, 2 / 1_048_576, absolute: 0, relative: 1e-9)
    expectClose(try #require(arc.adjustedP), 4 / 1_048_576, absolute: 0, relative: 1e-9)
    #expect(arc.mark == "**")
    let piqa = report.comparison["spunge_rmu", ScoreColumn(task: "piqa", metric: "acc")]
    #expect(piqa?.mark == "")
    #expect(report.comparison["base", ScoreColumn(task: "arc", metric: "acc")] == nil)
  }

  @Test func otherPromptsAreNotPaired() {
    let records = ["base", "new"].map {
      ScoreRecord(
        model: $0, task: "t", metric: "acc", value: 1, standardError: 0, documents: 2,
        higherIsBetter: true)
    }
    func samples(_ digest: String) -> [SampleRecord] {
      (0..<2).map {
        .init(
          task: "t", documentID: $0, target: "", outcomes: [.init(metrics: ["acc": 1])],
          promptDigest: digest)
      }
    }
    let column = ScoreColumn(task: "t", metric: "acc")
    let same = Report(
      title: "", records: records, samples: ["base": samples("x"), "new": samples("x")],
      baseline: "base")
    #expect(same.comparison["new", column]?.paired?.documents == 2)
    let changed = Report(
      title: "", records: records, samples: ["base": samples("x"), "new": samples("y")],
      baseline: "base")
    #expect(changed.comparison["new", column]?.change == 0)
    #expect(changed.comparison["new", column]?.paired == nil)
    #expect(
      changed.remarks.contains(
        "Not tested: t·acc: a paired test needs the score of each document from both models for the same "
          + "prompt; there is none."))
  }

  @Test func corpusMetricsAreNotAveraged() {
    // Word perplexity is no mean over documents, so a test on document values would be another
    // question's.
    let records = zip(["base", "new"], [20.0, 25.0]).map {
      ScoreRecord(
        model: $0, task: "w", metric: "word_perplexity", value: $1, standardError: nil,
        documents: 2, higherIsBetter: false)
    }
    let samples = [10.0, 12.0].enumerated().map {
      SampleRecord(
        task: "w", documentID: $0, target: "",
        outcomes: [.init(metrics: ["word_perplexity": $1])], promptDigest: "")
    }
    let report = Report(
      title: "", records: records, samples: ["base": samples, "new": samples], baseline: "base")
    let cell = report.comparison["new", ScoreColumn(task: "w", metric: "word_perplexity")]
    #expect(cell?.change == 5)
    #expect(cell?.paired == nil)
    #expect(
      report.remarks.contains(
        "Not tested: w·word_perplexity: the documents that both models answered do not average to the scores."
      ))
  }

  @Test func whatIsNotComparableIsSaid() {
    func record(_ model: String, documents: Int, fewShot: Int = 0) -> ScoreRecord {
      .init(
        model: model, task: "t", metric: "acc", value: 0.5, standardError: 0.1,
        documents: documents, higherIsBetter: true, fewShot: fewShot)
    }
    let table = ScoreTable([
      record("base", documents: 200), record("base", documents: 200),
      record("new", documents: 100, fewShot: 5),
    ])
    #expect(
      table.warnings == [
        "base, t·acc: scored more than once; the last score is shown",
        "t·acc: not comparable, few-shot examples differ (base: 0, new: 5)",
        "t·acc: not comparable, numbers of documents differ (base: 200, new: 100)",
      ])
    // 0 says that a results file does not tell.
    #expect(
      ScoreTable([record("base", documents: 200), record("new", documents: 0)]).warnings.isEmpty)
  }

  /// However many there are, a table has one line of them; a page folds them, the JSON has all.
  @Test func remarksTakeOneLine() throws {
    var records = ["base", "new"].flatMap { model in
      ["a", "b"].map { task in
        ScoreRecord(
          model: model, task: task, metric: "acc", value: 0.5, standardError: 0.1, documents: 2,
          higherIsBetter: true)
      }
    }
    let clean = Report(title: "", records: Array(records.prefix(2)), baseline: "base")
    #expect(clean.remarks.isEmpty && clean.footnotes == ["Score ± standard error."])
    records[2].caution = "1 of 2 is empty"
    records[3].caution = "2 of 2 are empty"
    let report = Report(
      title: "", records: records, baseline: "base", notes: ["Seed 1."],
      rowNotes: ["new": "on one of two machines"])
    let (first, second) = ("⚠ new, a·acc: 1 of 2 is empty", "⚠ new, b·acc: 2 of 2 are empty")
    #expect(report.remarks.prefix(2) == [first, second] && report.remarks.count == 3)
    for format in [ReportFormat.markdown, .console] {
      let text = format.render(report)
      #expect(text.contains("\(first) (and 2 more remarks, in the JSON)"), "\(text)")
      #expect(!text.contains("2 of 2 are empty"), "\(text)")
      #expect(text.contains("new (on one of two machines)"), "\(text)")
    }
    #expect(ReportFormat.json.render(report).contains(second))
    let page = HTMLReport(title: "", sections: [.init("", [.scores(report)])]).page()
    #expect(page.contains("<summary>Notes, 3 remarks on scores</summary>"))
    #expect(page.contains(second))
  }

  @Test func filtersAreNamedWhereATaskHasSeveral() {
    func record(_ task: String, _ filter: String) -> ScoreRecord {
      .init(
        model: "base", task: task, metric: "exact_match", filter: filter, value: 0.5,
        standardError: nil, documents: 2, higherIsBetter: true)
    }
    let table = ScoreTable([
      record("sums", "strict"), record("sums", "lenient"), record("words", "strict"),
    ])
    #expect(
      table.columns.map(table.title) == [
        "sums·exact_match·strict", "sums·exact_match·lenient", "words·exact_match",
      ])
  }

  @Test func markdown() throws {
    let text = ReportFormat.markdown.render(sampleReport(mean: true))
    #expect(
      text == """
        # A & B \\| 100%

        | model | arc·acc % | piqa·acc % | wiki·word\\_perplexity | mean % |
        |---|---:|---:|---:|---:|
        | base | 75.00 ± 6.90 | 50.00 ± 8.00 | 18.25 | 62.50 ± 5.28 |
        | **unlearned** |  |  |  |  |
        | spunge\\_rmu | 25.00 ± 6.90 (−50.00\\*\\*) | 52.50 ± 8.00 (+2.50) | — \
        | 38.75 ± 5.28 (−23.75) |

        Score ± standard error (change from base).\u{20}\u{20}
        \(legend.replacing("*", with: "\\*").replacing("<", with: "\\<"))\u{20}\u{20}
        — spunge\\_rmu, wiki·word\\_perplexity: ran out of memory\u{20}\u{20}
        Seed 1.\u{20}\u{20}

        """)
  }

  @Test func console() {
    #expect(
      ReportFormat.console.render(sampleReport()) == """
        A & B | 100%

        model                     arc·acc %            piqa·acc %  wiki·word_perplexity
        ──────────  ───────────────────────  ────────────────────  ────────────────────
        base                   75.00 ± 6.90          50.00 ± 8.00                 18.25
        unlearned
        spunge_rmu  25.00 ± 6.90 (−50.00**)  52.50 ± 8.00 (+2.50)                     —

        Score ± standard error (change from base).
        \(legend)
        — spunge_rmu, wiki·word_perplexity: ran out of memory
        Seed 1.

        """)
  }

  @Test func latex() {
    let text = ReportFormat.latex.render(sampleReport())
    #expect(
      text.hasPrefix(
        """
        % \\usepackage{booktabs}
        \\begin{table}
          \\centering
          \\caption{A \\& B | 100\\%}
          \\begin{tabular}{lrrr}
            \\toprule
            model & arc$\\cdot$acc \\% & piqa$\\cdot$acc \\% & wiki$\\cdot$word\\_perplexity \\\\
            \\midrule
            base & 75.00 $\\pm$ 6.90 & 50.00 $\\pm$ 8.00 & 18.25 \\\\
            \\midrule
            \\multicolumn{4}{l}{\\emph{unlearned}} \\\\
            spunge\\_rmu & 25.00 $\\pm$ 6.90 ($-$50.00**) & 52.50 $\\pm$ 8.00 (+2.50) & --- \\\\
            \\bottomrule
          \\end{tabular}

        """), "\(text)")
    #expect(text.hasSuffix("  Seed 1.\\par\n\\end{table}\n"))
  }

  @Test func csv() throws {
    let lines = ReportFormat.csv.render(sampleReport()).split(separator: "\r\n")
    #expect(lines.count == 7)
    let columns = lines[0].split(separator: ",", omittingEmptySubsequences: false)
    for line in lines {
      #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == columns.count)
    }
    #expect(lines[1].hasPrefix(",base,arc,acc,none,0.75,0.069,40,0,0,true,,"))
    #expect(lines[4].hasPrefix("unlearned,spunge_rmu,arc,acc,none,0.25,0.069,40,0,0,true,-0.5,"))
    #expect(lines[4].hasSuffix(",mcnemar,"))
    #expect(lines[6].hasSuffix("word_perplexity,none,,,40,0,0,false,,,,,,,,ran out of memory"))
    let quoted = Report(
      title: "",
      records: [
        .init(
          model: "a,\"b\"", task: "t", metric: "acc", value: .nan, standardError: nil,
          documents: 0, higherIsBetter: true)
      ], baseline: "base")
    #expect(ReportFormat.csv.render(quoted).contains("\r\n,\"a,\"\"b\"\"\",t,acc,none,,,0"))
    #expect(ReportFormat.csv.render(quoted).contains("the score is nan"))
  }

  @Test func json() {
    let text = ReportFormat.json.render(sampleReport())
    #expect(text.contains("\"schema\" : 1"))
    #expect(
      text.contains(
        """
              "model" : "spunge_rmu",
              "reason" : "ran out of memory",
              "standard_error" : null,
              "task" : "wiki",
              "task_version" : "0",
              "value" : null
        """), "\(text)")
    #expect(text.contains("\"test\" : \"mcnemar\""))
  }

  @Test func formatsAreFoundByName() throws {
    for format in ReportFormat.all {
      #expect(try ReportFormat.format(named: format.name).fileName == format.fileName)
      #expect(format.render(sampleReport()).contains("rmu"))
    }
    #expect(throws: ReportFormatError.self) { try ReportFormat.format(named: "pdf") }
  }

  @Test func aMissingBaselineIsSaid() {
    let report = Report(title: "", records: [], baseline: "base")
    #expect(report.footnotes.contains("No scores of the baseline 'base', hence no changes."))
    for format in ReportFormat.all { #expect(!format.render(report).contains("nan")) }
  }
}
