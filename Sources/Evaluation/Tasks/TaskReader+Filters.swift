import Formats
import PythonText

extension TaskReader {
  /// `filter_list`, or the pipeline that takes the first answer.
  mutating func filterPipelines(for outputType: OutputType) -> [FilterPipeline] {
    guard let setting = file["filter_list"], !setting.isNull else { return [.standard] }
    var pipelines: [FilterPipeline] = []
    for item in setting.list ?? [setting] {
      guard let name = item["name"]?.scalar?.text, let steps = item["filter"]?.list else {
        report(item, "filter_list: every entry needs the keys 'name' and 'filter', a list of steps")
        continue
      }
      let filters = steps.compactMap { filter($0) }
      guard filters.count == steps.count else { continue }
      if pipelines.contains(where: { $0.name == name }) {
        report(item, "filter_list: two pipelines are named '\(name.shown())'")
      }
      let pipeline = FilterPipeline(name: name, filters: filters, place: item.place)
      if outputType != .generateUntil, !pipeline.onlyTakesFirst {
        report(
          item,
          "filter_list: '\(name.shown())': answers of \(outputType.rawValue) are log-likelihoods; the only "
            + "step that leaves them what they are is take_first")
      }
      pipelines.append(pipeline)
    }
    if pipelines.isEmpty, problems.isEmpty { report(setting, "'filter_list' names no pipeline") }
    return pipelines
  }

  /// One step `{function: regex, …}`.
  private mutating func filter(_ step: TaskSetting) -> (any AnswerFilter)? {
    guard let function = step["function"] else {
      report(step, "filter_list: every step needs the key 'function'")
      return nil
    }
    if case .function(let name) = function.kind {
      report(function, "filter_list: no built-in stands for '!function \(name.shown())'")
      return nil
    }
    let name = function.string ?? function.value.text
    if let reason = AnswerFilters.refused[name] {
      report(function, "filter_list: the filter '\(name.shown())' is not supported: \(reason)")
      return nil
    }
    guard let type = AnswerFilters.all.first(where: { $0.name == name }) else {
      let names = AnswerFilters.all.map { $0.name }
      report(
        function,
        "filter_list: unknown filter '\(name.shown())'\(NearName.suggestion(for: name, in: names)); "
          + "known filters: " + names.joined(separator: ", "))
      return nil
    }
    do throws(TemplateFault) {
      var settings = FilterSettings(step.mapping ?? [])
      let filter = try type.init(&settings)
      try settings.checkAllRead()
      return filter
    } catch {
      report(step, "filter_list: \(name.shown()): \(error.message)")
      return nil
    }
  }
}
