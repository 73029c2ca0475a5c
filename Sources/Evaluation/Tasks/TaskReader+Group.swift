import Formats
import PythonText

extension TaskReader {
  func groupVersion() -> String { file["metadata"]?["version"]?.scalar?.text ?? "" }

  /// `aggregate_metric_list`: one mapping or several.
  mutating func aggregations() -> [TaskGroup.Aggregation] {
    guard let setting = file["aggregate_metric_list"] else { return [] }
    var aggregations: [TaskGroup.Aggregation] = []
    for item in setting.list ?? [setting] {
      let functions = (item.mapping ?? []).filter { entry in
        if case .function = entry.value.kind { true } else { false }
      }
      if !functions.isEmpty {
        for (key, value) in functions {
          report(
            value,
            "aggregate_metric_list: '\(key.shown())' is Python: no built-in stands for '\(value.value.text.shown())'"
          )
        }
        continue
      }
      guard let metric = item["metric"]?.string else {
        report(item, "aggregate_metric_list: every entry needs the key 'metric'")
        continue
      }
      var aggregation = TaskGroup.Aggregation(metric: metric, filters: [])
      for (key, value) in item.mapping ?? [] where !value.isNull {
        switch key {
        case "metric": break
        case "filter_list":
          aggregation.filters = (value.list ?? [value]).compactMap { $0.scalar?.text }
        case "weight_by_size": aggregation.weightBySize = value.scalar?.isTrue ?? true
        case "aggregation" where value.string != "mean":
          report(value, "aggregate_metric_list: the only aggregation is 'mean'")
        case "aggregation": break
        default:
          report(
            value,
            "aggregate_metric_list: unknown key '\(key.shown())'; known keys: metric, aggregation, "
              + "filter_list, weight_by_size")
        }
      }
      aggregations.append(aggregation)
    }
    return aggregations
  }

  /// `metadata.average`, a key of this project that the harness passes over: name of a task or group → `metric` or
  /// `metric,filter`.
  mutating func average() -> [TaskGroup.AverageTerm] {
    guard let setting = file["metadata"]?["average"], !setting.isNull else { return [] }
    guard let entries = setting.mapping else {
      report(setting, "metadata: 'average' must be a mapping of tasks to metrics")
      return []
    }
    return entries.compactMap { name, value in
      let parts = value.string?.split(separator: ",", maxSplits: 1).map(String.init) ?? []
      guard let metric = parts.first else {
        report(value, "metadata: 'average' must name a metric of '\(name.shown())'")
        return nil
      }
      return TaskGroup.AverageTerm(
        name: name, metric: metric, filter: parts.count == 2 ? parts[1] : "none")
    }
  }
}
