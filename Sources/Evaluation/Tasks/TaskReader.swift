/// Takes a task file apart and collects everything that is wrong with it.
struct TaskReader {
  let file: TaskFile
  private(set) var problems: [String] = []

  init(_ file: TaskFile) { self.file = file }

  mutating func report(_ setting: TaskSetting?, _ problem: String) {
    problems.append("\(setting?.place ?? file.path): \(problem)")
  }

  mutating func addProblem(_ problem: String) { problems.append(problem) }

  /// Unknown keys, and keys whose meaning is not implemented.
  mutating func rejectUnusable() {
    for (key, setting) in file.entries where !TaskFile.knownKeys.contains(key) {
      report(
        setting,
        "unknown key '\(key)'\(Suggestion.nearest(to: key, in: TaskFile.knownKeys)); known keys: "
          + TaskFile.knownKeys.joined(separator: ", "))
    }
    let unsupported = [
      "class", "custom_dataset", "doc_to_audio", "doc_to_image", "filter_list", "use_prompt",
    ]
    for key in unsupported {
      if let setting = file[key] { report(setting, "'\(key)' is not supported") }
    }
    if let setting = file["repeats"], setting.scalar != .integer(1) {
      report(setting, "'repeats' other than 1 is not supported")
    }
    if file.taskName == nil { report(file["task"], "the key 'task', the task's name, is missing") }
  }

  // MARK: Plain values

  mutating func string(_ key: String) -> String? {
    guard let setting = file[key] else { return nil }
    return string(setting, key)
  }

  mutating func string(_ setting: TaskSetting, _ key: String) -> String? {
    if setting.string == nil { report(setting, "'\(key)' must be a text") }
    return setting.string
  }

  mutating func integer(_ key: String, atLeast minimum: Int) -> Int? {
    guard let setting = file[key] else { return nil }
    return integer(setting, key, atLeast: minimum)
  }

  mutating func integer(_ setting: TaskSetting, _ key: String, atLeast minimum: Int) -> Int? {
    guard case .integer(let value)? = setting.scalar, value >= minimum else {
      report(setting, "'\(key)' must be a whole number from \(minimum)")
      return nil
    }
    return value
  }

  mutating func version() -> String {
    file["metadata"]?.mapping?.first { $0.key == "version" }?.value.scalar?.text ?? "0"
  }

  mutating func outputType() -> OutputType {
    guard let setting = file["output_type"] else { return .generateUntil }
    if let type = OutputType(rawValue: setting.scalar?.text ?? "") { return type }
    let known = OutputType.allCases.map(\.rawValue).joined(separator: ", ")
    report(setting, "unknown output_type '\(setting.value.text)'; known types: \(known)")
    return .generateUntil
  }

  // MARK: Documents

  mutating func evaluationSplit() -> String {
    guard let split = string("test_split") ?? string("validation_split") else {
      report(nil, "neither 'test_split' nor 'validation_split' says what to evaluate")
      return ""
    }
    return split
  }

  mutating func processDocument(
    _ key: String, in setting: TaskSetting?
  ) -> (@Sendable (Document) throws(TemplateFault) -> Document)? {
    guard let setting else { return nil }
    if case .document(let function)? = hook(setting, key) { return function }
    return nil
  }

  mutating func scoreDocument()
    -> (@Sendable (Document, [LogLikelihoodAnswer]) throws(TemplateFault) -> [String: Double])?
  {
    guard let setting = file["process_results"] else { return nil }
    if case .score(let function)? = hook(setting, "process_results") { return function }
    return nil
  }

  /// The Swift function for `!function …`, or a problem that names what there is.
  mutating func hook(_ setting: TaskSetting, _ key: String) -> TaskHook? {
    guard case .function(let name) = setting.kind else {
      report(setting, "'\(key)' must be a '!function'")
      return nil
    }
    guard let hook = TaskHooks.find(name, file: setting.file, task: file.taskName ?? "") else {
      let known = TaskHooks.all.keys.sorted().joined(separator: ", ")
      report(setting, "'\(key)': no built-in stands for '!function \(name)'; there are: \(known)")
      return nil
    }
    let fits =
      switch (key, hook) {
      case ("process_docs", .document), ("process_results", .score): true
      case (_, .field): !["process_docs", "process_results"].contains(key)
      default: false
      }
    guard fits else {
      report(setting, "'!function \(name)' cannot be used as '\(key)'")
      return nil
    }
    return hook
  }
}
