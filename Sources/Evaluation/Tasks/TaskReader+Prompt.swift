import Formats
import PythonText

extension TaskReader {
  mutating func promptFormat(for outputType: OutputType) -> PromptFormat {
    let text = field("doc_to_text", in: file["doc_to_text"])
    let target = field("doc_to_target", in: file["doc_to_target"])
    let choices = file["doc_to_choice"].flatMap { choiceField("doc_to_choice", in: $0) }
    if target == nil, file["doc_to_target"] == nil {
      report(nil, "'doc_to_target' is missing: the answer of each document")
    }
    if text == nil, file["doc_to_text"] == nil, outputType != .rollingLogLikelihood {
      report(nil, "'doc_to_text' is missing: the question of each document")
    }
    if outputType == .multipleChoice, file["doc_to_choice"] == nil {
      report(nil, "'doc_to_choice' is missing: the possible answers of each document")
    }
    let nothing = DocumentField(source: .constant(.string("")), place: file.path)
    return PromptFormat(
      text: text ?? nothing, target: target ?? nothing, choices: choices,
      prefix: field("gen_prefix", in: file["gen_prefix"]),
      targetDelimiter: string("target_delimiter") ?? " ",
      exampleDelimiter: string("fewshot_delimiter") ?? "\n\n",
      description: field("description", in: file["description"]))
  }

  /// A template, a constant or a function.
  mutating func field(_ key: String, in setting: TaskSetting?) -> DocumentField? {
    guard let setting else { return nil }
    let place = "\(setting.place): \(key.shown())"
    switch setting.kind {
    case .function:
      guard case .field(let function)? = hook(setting, key) else { return nil }
      return DocumentField(source: .function(function), place: place)
    case .scalar(.string(let text)): return template(text, place)
    case .scalar(let value): return DocumentField(source: .constant(value), place: place)
    case .list where key == "doc_to_target":
      return DocumentField(source: .constant(setting.value), place: place)
    default:
      report(setting, "'\(key.shown())' must be a text, a number or a '!function'")
      return nil
    }
  }

  /// As `field`, or a list, or a mapping whose values are the choices.
  private mutating func choiceField(_ key: String, in setting: TaskSetting) -> DocumentField? {
    let settings = setting.list ?? setting.mapping.map { $0.map(\.value) }
    guard let settings else { return field(key, in: setting) }
    for item in settings where item.string == nil {
      report(
        item,
        "'\(key.shown())': the choice \(item.value.representation.shown()) is not a text; put it in quotes"
      )
    }
    return DocumentField(
      source: .constant(.list(settings.map(\.value))), place: "\(setting.place): \(key.shown())")
  }

  private mutating func template(_ text: String, _ place: String) -> DocumentField? {
    do throws(TemplateError) {
      let template = try Template(text, name: place, keepsTrailingNewline: profile == .current)
      return DocumentField(source: .template(template), place: place)
    } catch {
      addProblem(error.description)
      return nil
    }
  }

  // MARK: Few-shot examples

  private static let fewShotKeys = [
    "doc_to_choice", "doc_to_target", "doc_to_text", "fewshot_delimiter", "fewshot_indices",
    "gen_prefix", "process_docs", "sampler", "samples", "split", "target_delimiter",
  ]

  mutating func fewShotPlan(
    prompt: PromptFormat, processDocument: DocumentProcess?
  ) -> FewShotPlan {
    var settings: [String: TaskSetting] = [:]
    for (key, setting) in file["fewshot_config"]?.mapping ?? [] where !setting.isNull {
      if !Self.fewShotKeys.contains(key) {
        report(
          setting,
          "fewshot_config: unknown key '\(key.shown())'"
            + "\(NearName.suggestion(for: key, in: Self.fewShotKeys)); known keys: "
            + Self.fewShotKeys.joined(separator: ", "))
      }
      settings[key] = setting
    }
    let split = settings["split"].flatMap { string($0, "split") } ?? string("fewshot_split")
    var plan = FewShotPlan(
      sampler: sampler(settings["sampler"]), pool: nil, indices: [],
      excludesEvaluated: split == string("test_split"), prompt: prompt,
      processDocument: processDocument)
    // Examples that come from no split of their own are prepared like the evaluated documents.
    if let setting = settings["process_docs"], split != nil {
      plan.processDocument = self.processDocument("process_docs", in: setting)
    }
    if let rows = settings["fewshot_indices"]?.list {
      plan.indices = rows.compactMap { integer($0, "fewshot_indices", in: 0...1_000_000_000) }
    }
    overridePrompt(&plan.prompt, with: settings)
    if let split {
      plan.pool = .split(split)
    } else if let samples = settings["samples"] {
      plan.pool = samplesPool(samples)
    } else {
      let splits = ["training_split", "validation_split", "test_split"]
      plan.pool = splits.compactMap { file[$0]?.string }.first.map { .split($0) }
    }
    return plan
  }

  private mutating func sampler(_ setting: TaskSetting?) -> FewShotPlan.Sampler {
    guard let setting else { return .seeded }
    if let sampler = FewShotPlan.Sampler(rawValue: setting.value.text) { return sampler }
    let known = FewShotPlan.Sampler.allCases.map(\.rawValue).joined(separator: ", ")
    report(setting, "unknown sampler '\(setting.value.text.shown())'; known samplers: \(known)")
    return .seeded
  }

  private mutating func samplesPool(_ setting: TaskSetting) -> FewShotPlan.Pool? {
    guard let items = setting.list else {
      report(setting, "fewshot_config: 'samples' must be a list of documents")
      return nil
    }
    return .documents(
      items.compactMap { item in
        if let fields = item.value.mappingValue { return Document(fields) }
        report(item, "fewshot_config: every sample must be a mapping of columns to values")
        return nil
      })
  }

  private mutating func overridePrompt(
    _ prompt: inout PromptFormat, with settings: [String: TaskSetting]
  ) {
    if let field = field("doc_to_text", in: settings["doc_to_text"]) { prompt.text = field }
    if let field = field("doc_to_target", in: settings["doc_to_target"]) { prompt.target = field }
    if let setting = settings["doc_to_choice"] {
      prompt.choices = choiceField("doc_to_choice", in: setting)
    }
    if let field = field("gen_prefix", in: settings["gen_prefix"]) { prompt.prefix = field }
    if let setting = settings["target_delimiter"] {
      prompt.targetDelimiter = string(setting, "target_delimiter") ?? " "
    }
    if let setting = settings["fewshot_delimiter"] {
      prompt.exampleDelimiter = string(setting, "fewshot_delimiter") ?? "\n\n"
    }
  }
}
