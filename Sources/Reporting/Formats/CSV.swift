import Evaluation
import Formats

extension ReportFormat {
  /// Comma-separated values (RFC 4180), one line a score, in the scores' own units.
  package static let csv = ReportFormat(name: "csv", fileName: "table.csv") { report in
    let heading =
      "group,model,task,metric,filter,value,standard_error,documents,few_shot,task_version,"
      + "higher_is_better,change,change_standard_error,change_low,change_high,p,p_holm,test,reason"
    let lines = report.table.models.flatMap { model in
      report.table.columns.map {
        fields(report, model, $0).map(\.csvField).joined(separator: ",")
      }
    }
    return ([heading] + lines).joined(separator: "\r\n") + "\r\n"
  }

  private static func fields(
    _ report: Report, _ model: String, _ column: ScoreColumn
  ) -> [String] {
    let record = report.table.record(model, column)
    let cell = report.comparison[model, column]
    return [
      report.groups[model] ?? "", model, column.task, column.metric, column.filter,
      number(record?.finiteValue), number(record?.standardError), text(record?.documents),
      text(record?.fewShot), text(record?.taskVersion), text(record?.higherIsBetter),
      number(cell?.change), number(cell?.paired?.standardError),
      number(cell?.paired?.interval.lowerBound), number(cell?.paired?.interval.upperBound),
      number(cell?.paired?.pValue), number(cell?.adjustedP), text(cell?.paired?.test.rawValue),
      report.reasonMissing(model, column) ?? "",
    ]
  }

  private static func text(_ value: (some CustomStringConvertible)?) -> String {
    value.map(\.description) ?? ""
  }

  private static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    return value.description
  }
}
