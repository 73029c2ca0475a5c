/// Puts documents and few-shot examples together into prompts, character for character as the
/// harness does.
struct PromptBuilder {
  let task: EvaluationTask
  /// Columns of the evaluated split.
  let columns: Set<String>
  /// Whether choices differ in their context instead of their continuation (Winogrande).
  let hasMultipleInputs: Bool
  private var examples: FewShotSampler
  /// The harness of the paper's time draws with this seed whatever a run says.
  private static let paperSeed: UInt64 = 1234

  init(
    task: EvaluationTask, documents: TaskDocuments, settings: EvaluationSettings
  ) throws(TaskError) {
    self.task = task
    let first = documents.evaluated.first
    columns = Set(first?.columns ?? [])
    examples = try FewShotSampler(
      task.fewShot, task: task.name, pool: documents.examples,
      count: task.fewShotCount(override: settings.fewShot),
      seed: task.profile == .paper ? Self.paperSeed : settings.seed)
    guard let first, task.prompt.choices != nil else {
      hasMultipleInputs = false
      return
    }
    do {
      let text = try Self.text(first, task.prompt, columns)
      hasMultipleInputs = text.integerValue != nil
    } catch {
      throw .document(
        task: task.name, split: task.evaluationSplit, index: 0, problem: "\(error)")
    }
  }

  // MARK: Fields

  /// The question; a number where digits index the choices.
  static func text(
    _ document: Document, _ format: PromptFormat, _ columns: Set<String>
  ) throws -> TemplateValue {
    try interpreted(format.text.value(document, columns: columns), format, lists: false)
  }

  func target(_ document: Document, _ format: PromptFormat) throws -> TemplateValue {
    try Self.interpreted(format.target.value(document, columns: columns), format, lists: true)
  }

  /// Rendered digits are an index if there are choices; a rendered `[…]` is a list of answers.
  private static func interpreted(
    _ field: DocumentField.Value, _ format: PromptFormat, lists: Bool
  ) throws -> TemplateValue {
    guard field.isRendered, case .string(let text) = field.value else { return field.value }
    if text.isASCIIDigits, format.choices != nil, let index = Int(text) { return .integer(index) }
    if lists, text.utf8.count >= 2, text.hasPrefix("["), text.hasSuffix("]") {
      return (try? Template.literal(text, name: "")) ?? field.value
    }
    return field.value
  }

  func choices(_ document: Document, _ format: PromptFormat) throws -> [String] {
    guard let source = format.choices else { return [] }
    let field = try source.value(document, columns: columns)
    var value = field.value
    if field.isRendered {
      value = try Template.literal(value.text, name: "\(source.place) gave \(value.text)")
    }
    guard let items = value.items, !items.isEmpty else {
      throw TemplateFault("\(source.place): expected a list of choices, found \(value.text)")
    }
    return items.map(\.text)
  }

  func prefix(
    _ document: Document, _ format: PromptFormat, columns: Set<String>?
  ) throws -> String {
    try Self.optional(format.prefix?.value(document, columns: columns))
  }

  /// A field that may be left out, or null in a document.
  private static func optional(_ field: DocumentField.Value?) -> String {
    guard let value = field?.value, value != .none else { return "" }
    return value.text
  }

  // MARK: Prompts

  /// The contexts of a document: one, or one per choice with multiple inputs.
  mutating func contexts(for document: Document) throws -> [String] {
    let format = task.prompt
    var start = try Self.optional(format.description?.value(document, columns: nil))
    for example in try examples.draw(for: document) { start += try turn(example) }
    let prefix = try prefix(document, format, columns: columns)
    if hasMultipleInputs {
      return try choices(document, format).map {
        start + Self.question($0, prefix: prefix, delimiter: "")
      }
    }
    let text = try Self.text(document, format, columns)
    if text == .none { throw TemplateFault("\(format.text.place): the question is null") }
    return [
      start + Self.question(text.text, prefix: prefix, delimiter: format.targetDelimiter)
    ]
  }

  /// The evaluated question, and the prefix of its answer.
  private static func question(
    _ text: String, prefix: String, delimiter: String
  ) -> String {
    guard let last = text.unicodeScalars.last, let first = prefix.unicodeScalars.first else {
      return text + prefix
    }
    return text + (last.isPythonSpace || first.isPythonSpace ? "" : delimiter) + prefix
  }

  /// One few-shot example: question, answer and their delimiters.
  private func turn(_ document: Document) throws -> String {
    let format = task.fewShot.prompt
    let text = try Self.text(document, format, columns)
    let target = try target(document, format)
    var choices = try choices(document, format)
    var question = text.text
    if hasMultipleInputs {
      question = try Self.pick(text, from: choices)
      choices = []
    }
    let prefix = try prefix(document, format, columns: nil)
    var answer: String
    if target.integerValue != nil, !choices.isEmpty {
      answer = try Self.pick(target, from: choices)
    } else {
      answer = (target.items?.first ?? target).text
    }
    if target == .none || target == .string("") {
      return Self.question(question, prefix: prefix, delimiter: format.targetDelimiter)
    }
    if !prefix.isEmpty {
      question = Self.question(question, prefix: prefix, delimiter: format.targetDelimiter)
      return Self.question(question, prefix: answer, delimiter: " ") + format.exampleDelimiter
    }
    return question + format.targetDelimiter + answer + format.exampleDelimiter
  }

  private static func pick(_ index: TemplateValue, from choices: [String]) throws -> String {
    guard let index = index.integerValue, choices.indices.contains(index) else {
      throw TemplateFault("the answer \(index.text) is not one of the \(choices.count) choices")
    }
    return choices[index]
  }
}
