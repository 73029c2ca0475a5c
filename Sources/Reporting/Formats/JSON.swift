import Evaluation
import Formats
import Foundation

extension ReportFormat {
  /// Everything in the report, probabilities in 0…1; what is missing is `null` with a reason.
  package static let json = ReportFormat(name: "json", fileName: "table.json") { report in
    let scores = report.table.models.flatMap { model in
      report.table.columns.map { ReportDocument.Score(report, model, $0) }
    }
    let document = ReportDocument(
      schema: 1, title: report.title, baseline: report.comparison.baseline, scores: scores,
      footnotes: report.legend + report.notes, remarks: report.remarks)
    let encoder = JSON.encoder(pretty: true)
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    } catch {
      preconditionFailure("a report cannot be written as JSON: \(error)")
    }
  }
}

/// The JSON format's layout; a change of meaning raises `schema`.
private struct ReportDocument: Encodable {
  struct Score: Encodable {
    var group: String?
    var model, task, metric, filter: String
    var value, standardError: Double?
    var interval: [Double]?
    var documents, fewShot: Int?
    var taskVersion: String?
    var higherIsBetter: Bool?
    var reason, caution: String?
    var change: Change?

    init(_ report: Report, _ model: String, _ column: ScoreColumn) {
      let record = report.table.record(model, column)
      group = report.groups[model]
      self.model = model
      (task, metric, filter) = (column.task, column.metric, column.filter)
      value = record?.finiteValue
      standardError = record?.standardError.flatMap { $0.isFinite ? $0 : nil }
      interval = record?.interval.map { [$0.lowerBound, $0.upperBound] }
      (documents, fewShot) = (record?.documents, record?.fewShot)
      (taskVersion, higherIsBetter) = (record?.taskVersion, record?.higherIsBetter)
      reason = report.reasonMissing(model, column)
      caution = record?.caution
      change = report.comparison[model, column].map(Change.init)
    }

    enum CodingKeys: String, CodingKey {
      case group, model, task, metric, filter, value, interval, documents, reason, caution, change
      case standardError = "standard_error"
      case fewShot = "few_shot"
      case taskVersion = "task_version"
      case higherIsBetter = "higher_is_better"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(group, forKey: .group)
      try container.encode(model, forKey: .model)
      try container.encode(task, forKey: .task)
      try container.encode(metric, forKey: .metric)
      try container.encode(filter, forKey: .filter)
      // Missing scores are written as null, so that their absence is visible.
      try container.encode(value, forKey: .value)
      try container.encode(standardError, forKey: .standardError)
      try container.encodeIfPresent(interval, forKey: .interval)
      try container.encodeIfPresent(documents, forKey: .documents)
      try container.encodeIfPresent(fewShot, forKey: .fewShot)
      try container.encodeIfPresent(taskVersion, forKey: .taskVersion)
      try container.encodeIfPresent(higherIsBetter, forKey: .higherIsBetter)
      try container.encodeIfPresent(reason, forKey: .reason)
      try container.encodeIfPresent(caution, forKey: .caution)
      try container.encodeIfPresent(change, forKey: .change)
    }
  }

  struct Change: Encodable {
    var change: Double
    var relativeChange: Double?
    var documents, gained, lost: Int?
    var standardError: Double?
    var interval: [Double]?
    var p, midP, pHolm: Double?
    var test: String?

    init(_ cell: Comparison.Cell) {
      change = cell.change
      relativeChange = cell.relativeChange
      documents = cell.paired?.documents
      if cell.paired?.test == .mcnemar {
        (gained, lost, midP) = (cell.paired?.gained, cell.paired?.lost, cell.paired?.midP)
      }
      standardError = cell.paired?.standardError
      interval = cell.paired.map { [$0.interval.lowerBound, $0.interval.upperBound] }
      (p, pHolm, test) = (cell.paired?.pValue, cell.adjustedP, cell.paired?.test.rawValue)
    }

    enum CodingKeys: String, CodingKey {
      case change, documents, gained, lost, interval, p, test
      case relativeChange = "relative_change"
      case standardError = "standard_error"
      case midP = "p_mid"
      case pHolm = "p_holm"
    }
  }

  var schema: Int
  var title, baseline: String
  var scores: [Score]
  var footnotes, remarks: [String]
}
