import Evaluation
import Reporting
import Testing

@Suite struct DemographicTableTests {
  private func record(
    _ model: String, _ task: String, _ metric: String, _ value: Double?,
    interval: ClosedRange<Double>? = nil, caution: String? = nil
  ) -> ScoreRecord {
    ScoreRecord(
      model: model, task: task, metric: metric, value: value, standardError: 0.25, documents: 4,
      higherIsBetter: false, interval: interval, caution: caution)
  }

  private var records: [ScoreRecord] {
    [
      record("base", "arc_easy", "acc", 0.5),
      record("base", "toxigen", "toxic_fraction", 0.25, interval: 0.1...0.5),
      record("base", "toxigen", "perplexity.corpus", 12.34567),
      record("base", "toxigen/velun", "toxic_fraction", 0.125, interval: 0...0.4),
      record("base", "toxigen/oru", "toxic_fraction", nil),
      record("rmu", "toxigen", "toxic_fraction", 0, interval: 0...0.2, caution: "3 of 4 are empty"),
      record("rmu", "toxigen/velun", "toxic_fraction", 0),
    ]
  }

  @Test func hasARowForEachGroupAndAColumnForEachVariant() throws {
    let tables = DemographicTable.all(records)
    #expect(tables.count == 1)
    #expect(tables[0].rows.map(\.name) == ["all prompts", "oru", "velun", "perplexity.corpus"])
    let lines = tables[0].text.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("toxigen, toxic %") && lines.count == 7)
    // All columns end below their heading.
    #expect(Set(lines[..<6].map(\.count)).count == 1)
    #expect(tables[0].variants == ["base", "rmu"])
    #expect(tables[0].rows[0].cells == ["25.00 [10.00, 50.00]", "0.00 [0.00, 20.00] ⚠"])
    #expect(tables[0].rows[1].cells == ["—", "—"])
    #expect(tables[0].rows[3].cells == ["12.35 ± 0.25", "—"])
    #expect(tables[0].cautions == ["⚠ rmu, toxigen: 3 of 4 are empty"])
    #expect(tables[0].markdown.contains("| velun | 12.50 [0.00, 40.00] | 0.00 |"))
    #expect(DemographicTable.all([records[0]]).isEmpty)
  }

  @Test func warningMarksReachEveryTable() {
    let report = Report(
      title: "t", records: records.filter { $0.group == nil }, baseline: "base")
    let markdown = ReportFormat.markdown.render(report)
    #expect(markdown.contains("0.00 [0.00, 20.00] ⚠"))
    #expect(markdown.contains("⚠ rmu, toxigen·toxic\\_fraction: 3 of 4 are empty"))
    #expect(ReportFormat.json.render(report).contains("\"caution\" : \"3 of 4 are empty\""))
  }
}
