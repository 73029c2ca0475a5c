import Formats
import PythonText

extension TaskReader {
  private static let metricKeys = [
    "metric", "aggregation", "higher_is_better", "hf_evaluate", "weight_by_size",
  ]
  private static let exactMatchKeys = [
    "regexes_to_ignore", "ignore_case", "ignore_punctuation", "ignore_numbers",
  ]

  /// The metrics of `metric_list`, or those that the kind of task implies.
  mutating func metrics(for outputType: OutputType) -> ([Metric], ExactMatch) {
    var exactMatch = ExactMatch()
    guard let list = file["metric_list"], !list.isNull else {
      let names = Metric.defaults(for: outputType)
      return (names.compactMap { name in Metric.all.first { $0.name == name } }, exactMatch)
    }
    var metrics: [Metric] = []
    for item in list.list ?? [list] {
      guard let name = item["metric"] else {
        report(item, "metric_list: every entry needs the key 'metric'")
        continue
      }
      guard var metric = metric(name, outputType) else { continue }
      if metrics.contains(where: { $0.name == metric.name }) {
        report(item, "metric_list: '\(metric.name.shown())' is listed twice")
      }
      for (key, setting) in item.mapping ?? [] where key != "metric" {
        read(key, setting, into: &metric, outputType, &exactMatch)
      }
      metrics.append(metric)
    }
    if metrics.isEmpty, problems.isEmpty { report(list, "'metric_list' names no metric") }
    return (metrics, exactMatch)
  }

  private mutating func metric(_ setting: TaskSetting, _ outputType: OutputType) -> Metric? {
    if case .function(let function) = setting.kind {
      report(setting, "metric_list: no built-in stands for '!function \(function.shown())'")
      return nil
    }
    let name = setting.scalar?.text ?? ""
    // A task's own scoring function may call its result as it likes.
    if file["process_results"] != nil {
      return Metric.all.first { $0.name == name }
        ?? Metric(name: name, pooling: .mean, higherIsBetter: true, outputTypes: [outputType])
    }
    let known = Metric.all.filter { $0.outputTypes.contains(outputType) }
    if let metric = known.first(where: { $0.name == name }) { return metric }
    let names = known.map(\.name)
    if let reason = Metric.refused[name] {
      report(setting, "metric_list: the metric '\(name.shown())' is not supported: \(reason)")
    } else {
      report(
        setting,
        "unknown metric '\(name.shown())' for \(outputType.rawValue)"
          + "\(NearName.suggestion(for: name, in: names)); known metrics: "
          + names.joined(separator: ", "))
    }
    return nil
  }

  private mutating func read(
    _ key: String, _ setting: TaskSetting, into metric: inout Metric, _ outputType: OutputType,
    _ exactMatch: inout ExactMatch
  ) {
    switch key {
    case "aggregation": readPooling(setting, into: &metric)
    case "higher_is_better":
      if case .bool(let value)? = setting.scalar {
        metric.higherIsBetter = value
      } else {
        report(setting, "'higher_is_better' must be true or false")
      }
    case "hf_evaluate":
      // The library's exact_match is what the harness's own is made from.
      if setting.value.isTrue, metric.name != "exact_match", file["process_results"] == nil {
        report(
          setting,
          "metric '\(metric.name.shown())' of the library 'evaluate' is not supported; only exact_match is"
        )
      }
    // It concerns groups, which have their own list.
    case "weight_by_size": break
    // The harness hands a metric's options to what it computes from texts only.
    case _ where file["process_results"] != nil: break
    case _ where Self.exactMatchKeys.contains(key) && outputType != .generateUntil: break
    case "average" where outputType != .generateUntil: break
    case _ where Self.exactMatchKeys.contains(key) && metric.name == "exact_match":
      readExactMatch(key, setting, &exactMatch)
    default:
      let keys = Self.metricKeys + (metric.name == "exact_match" ? Self.exactMatchKeys : [])
      report(
        setting,
        "metric_list: unknown key '\(key.shown())'; known keys: " + keys.joined(separator: ", "))
    }
  }

  private mutating func readPooling(_ setting: TaskSetting, into metric: inout Metric) {
    if case .function(let function) = setting.kind {
      report(
        setting,
        "metric '\(metric.name.shown())': no built-in stands for '!function \(function.shown())'")
      return
    }
    let name = setting.scalar?.text ?? ""
    // A task's own scoring function gives one number for each document, unless it is a known pair.
    let kinds =
      file["process_results"] == nil ? [metric.pooling.kind] : [metric.pooling.kind, .number]
    let known = Pooling.allCases.filter { kinds.contains($0.kind) }
    guard let pooling = known.first(where: { $0.rawValue == name }) else {
      report(
        setting,
        "metric '\(metric.name.shown())' cannot be aggregated by '\(name.shown())'; possible: "
          + known.map(\.rawValue).joined(separator: ", "))
      return
    }
    if let textMetric = pooling.textMetric {
      metric.companions = textMetric.companions
    } else if pooling.kind != metric.pooling.kind {
      metric.companions = []
    }
    metric.pooling = pooling
  }

  private mutating func readExactMatch(
    _ key: String, _ setting: TaskSetting, _ exactMatch: inout ExactMatch
  ) {
    switch key {
    case "ignore_case": exactMatch.ignoresCase = setting.value.isTrue
    case "ignore_punctuation": exactMatch.ignoresPunctuation = setting.value.isTrue
    case "ignore_numbers": exactMatch.ignoresDigits = setting.value.isTrue
    default:
      if setting.isNull { return }
      // Python goes through a text letter by letter.
      let letters = setting.string.map { $0.unicodeScalars.map { String($0) } }
      for pattern in letters ?? (setting.list ?? [setting]).map({ $0.string ?? $0.value.text }) {
        do throws(TemplateFault) {
          exactMatch.ignoredPatterns.append(try PythonRegex(pattern))
        } catch {
          report(setting, "regexes_to_ignore: \(error.message)")
        }
      }
    }
  }
}
