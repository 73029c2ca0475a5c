extension TaskReader {
  private static let exactMatchKeys = [
    "regexes_to_ignore", "ignore_case", "ignore_punctuation", "ignore_numbers",
  ]

  /// The metrics of `metric_list`, or those that the kind of task implies.
  mutating func metrics(for outputType: OutputType) -> ([Metric], ExactMatch) {
    var exactMatch = ExactMatch()
    guard let list = file["metric_list"] else {
      let names = Metric.defaults(for: outputType)
      return (Metric.all.filter { names.contains($0.name) }, exactMatch)
    }
    var metrics: [Metric] = []
    for item in list.list ?? [] {
      guard let name = item.mapping?.first(where: { $0.key == "metric" })?.value,
        case .scalar(let value) = name.kind,
        var metric = metric(value.text, outputType, name)
      else {
        if item.mapping?.contains(where: { $0.key == "metric" }) != true {
          report(item, "metric_list: every entry needs the key 'metric'")
        } else if case .function(let function)? = item.mapping?.first(where: {
          $0.key == "metric"
        })?.value.kind {
          report(item, "metric_list: no built-in stands for '!function \(function)'")
        }
        continue
      }
      for (key, setting) in item.mapping ?? [] where key != "metric" {
        read(key, setting, into: &metric, &exactMatch)
      }
      metrics.append(metric)
    }
    if metrics.isEmpty, problems.isEmpty { report(list, "'metric_list' names no metric") }
    return (metrics, exactMatch)
  }

  private mutating func metric(
    _ name: String, _ outputType: OutputType, _ setting: TaskSetting
  ) -> Metric? {
    // A task's own scoring function may call its result as it likes.
    if file["process_results"] != nil {
      return Metric.all.first { $0.name == name }
        ?? Metric(name: name, pooling: .mean, higherIsBetter: true, outputTypes: [outputType])
    }
    let known = Metric.all.filter { $0.outputTypes.contains(outputType) }
    if let metric = known.first(where: { $0.name == name }) { return metric }
    let names = known.map(\.name)
    report(
      setting,
      "unknown metric '\(name)' for \(outputType.rawValue)"
        + "\(Suggestion.nearest(to: name, in: names)); known metrics: "
        + names.joined(separator: ", "))
    return nil
  }

  private mutating func read(
    _ key: String, _ setting: TaskSetting, into metric: inout Metric,
    _ exactMatch: inout ExactMatch
  ) {
    switch key {
    case "aggregation":
      if setting.scalar?.text != metric.pooling.rawValue {
        report(
          setting,
          "metric '\(metric.name)' is aggregated by \(metric.pooling.rawValue), not by "
            + setting.value.text)
      }
    case "higher_is_better":
      if case .bool(let value)? = setting.scalar {
        metric.higherIsBetter = value
      } else {
        report(setting, "'higher_is_better' must be true or false")
      }
    // Neither changes the value: one names a Python library, the other concerns groups.
    case "hf_evaluate", "weight_by_size": break
    case "regexes_to_ignore" where metric.name == "exact_match":
      for item in setting.list ?? [setting] {
        do {
          exactMatch.ignoredPatterns.append(try PythonRegex(item.string ?? ""))
        } catch {
          report(item, "regexes_to_ignore: \(error.message)")
        }
      }
    case "ignore_case" where metric.name == "exact_match":
      exactMatch.ignoresCase = setting.scalar == .bool(true)
    case "ignore_punctuation" where metric.name == "exact_match":
      exactMatch.ignoresPunctuation = setting.scalar == .bool(true)
    case "ignore_numbers" where metric.name == "exact_match":
      exactMatch.ignoresDigits = setting.scalar == .bool(true)
    default:
      let options = metric.name == "exact_match" ? Self.exactMatchKeys : []
      report(
        setting,
        "metric_list: unknown key '\(key)'; known keys: "
          + (["metric", "aggregation", "higher_is_better", "hf_evaluate", "weight_by_size"]
          + options)
          .joined(separator: ", "))
    }
  }
}
