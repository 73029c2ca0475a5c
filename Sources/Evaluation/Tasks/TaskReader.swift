import Formats
import PythonText

/// Takes a task file apart and collects everything that is wrong with it.
struct TaskReader {
  let file: TaskFile
  let profile: HarnessProfile
  private(set) var problems: [String] = []

  init(_ file: TaskFile, profile: HarnessProfile) {
    self.file = file
    self.profile = profile
  }

  mutating func report(_ setting: TaskSetting?, _ problem: String) {
    addProblem("\(setting?.place ?? file.path): \(problem)")
  }

  /// A problem with its place; one that quotes too much is cut.
  mutating func addProblem(_ problem: String) { problems.append(problem.shown(limit: 1200)) }

  /// Unknown keys, and the harness's keys that only its Python can follow.
  mutating func rejectUnusable() {
    for (key, setting) in file.entries where !TaskFile.knownKeys.contains(key) {
      report(
        setting,
        "unknown key '\(key.shown())'\(NearName.suggestion(for: key, in: TaskFile.knownKeys)); known keys: "
          + TaskFile.knownKeys.joined(separator: ", "))
    }
    let unsupported = [
      "class": "the task is a Python class",
      "custom_dataset": "a Python function makes the documents",
      "doc_to_audio": "the task needs audio", "doc_to_image": "the task needs images",
      "use_prompt": "prompts of promptsource are not supported",
    ]
    for (key, reason) in unsupported.sorted(by: { $0.key < $1.key }) {
      if let setting = file[key] { report(setting, "'\(key)': \(reason)") }
    }
    if file.taskName == nil { report(file["task"], "the key 'task', the task's name, is missing") }
  }

  /// Files and folders are named after tasks and groups.
  mutating func checkName(_ name: String, at setting: TaskSetting?) {
    let isUnsafe = name.unicodeScalars.contains { scalar in
      scalar == "/" || scalar == "\\" || scalar.properties.generalCategory == .control
    }
    if name.isEmpty || name.hasPrefix(".") || name.utf8.count > 200 || isUnsafe {
      report(
        setting,
        "the name '\(name.shown())' would be a path: results are files that are named after tasks; use "
          + "letters, digits, '-', '_' and ':', at most 200 bytes")
    }
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

  mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let setting = file[key] else { return nil }
    return integer(setting, key, in: range)
  }

  mutating func integer(_ setting: TaskSetting, _ key: String, in range: ClosedRange<Int>) -> Int? {
    guard case .integer(let value)? = setting.scalar, range.contains(value) else {
      report(
        setting, "'\(key)' must be a whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return value
  }

  /// `metadata.version`; the harness calls tasks without one `Yaml`.
  func version() -> String {
    file["metadata"]?["version"]?.scalar?.text ?? "Yaml"
  }

  mutating func outputType() -> OutputType {
    guard let setting = file["output_type"] else { return .generateUntil }
    if let type = OutputType(rawValue: setting.scalar?.text ?? "") { return type }
    let known = OutputType.allCases.map(\.rawValue).joined(separator: ", ")
    report(setting, "unknown output_type '\(setting.value.text.shown())'; known types: \(known)")
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
  ) -> DocumentProcess? {
    guard let setting else { return nil }
    switch hook(setting, key) {
    case .document(let function)?:
      return DocumentProcess { document throws(TemplateFault) in try function(document) }
    case .selection(let keeps)?:
      return DocumentProcess(leavesOut: true) { document throws(TemplateFault) in
        try keeps(document) ? document : nil
      }
    default: return nil
    }
  }

  mutating func scoreDocument()
    -> (@Sendable (Document, [LogLikelihoodAnswer]) throws(TemplateFault) -> [String: Double])?
  {
    guard let setting = file["process_results"] else { return nil }
    guard case .score(let function)? = hook(setting, "process_results") else { return nil }
    let profile = profile
    return { (document, answers) throws(TemplateFault) in
      try function(document, answers, profile)
    }
  }

  /// The Swift function for `!function …`, or a problem that names what there is.
  mutating func hook(_ setting: TaskSetting, _ key: String) -> TaskHook? {
    guard case .function(let name) = setting.kind else {
      report(setting, "'\(key)' must be a '!function'")
      return nil
    }
    let hook = TaskHooks.find(
      name, file: setting.file, task: file.taskName ?? "",
      dataset: file["dataset_path"]?.string ?? "")
    guard let hook else {
      report(
        setting, "'\(key)' is Python: no built-in stands for '!function \(name.shown())'")
      return nil
    }
    if let module = PythonModule.stranger(name, beside: setting.file) {
      report(
        setting,
        "'\(key)' is Python, which is not run, and no built-in stands for it: \(module.shown()) is not "
          + "lm-evaluation-harness's file of that name; write the column into the data instead")
      return nil
    }
    let fits =
      switch (key, hook) {
      case ("process_docs", .document), ("process_docs", .selection), ("process_results", .score):
        true
      case (_, .field): !["process_docs", "process_results"].contains(key)
      default: false
      }
    guard fits else {
      report(setting, "'!function \(name.shown())' cannot be used as '\(key)'")
      return nil
    }
    return hook
  }
}
