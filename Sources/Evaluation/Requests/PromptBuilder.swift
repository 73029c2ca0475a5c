import Formats
import PythonText

/// Whether a context fits the model with every one of the continuations behind it, or with room for
/// a completion of `newTokens` tokens.
package typealias PromptFits = (
  _ context: String, _ continuations: [String], _ newTokens: Int
) -> Bool

/// Puts documents and few-shot examples together into prompts, character for character as the
/// harness does.
struct PromptBuilder {
  let task: EvaluationTask
  /// Columns of the evaluated split.
  let columns: Set<String>
  /// Whether choices differ in their context instead of their continuation (Winogrande).
  let hasMultipleInputs: Bool
  /// Whether each document has a list of right answers.
  let hasMultipleTargets: Bool
  private var examples: FewShotSampler
  private let chat: ChatPrompts?
  private let systemInstruction: String?
  private let fits: PromptFits?
  /// The harness of the paper's time draws with this seed whatever a run says.
  private static let paperSeed: UInt64 = 1234

  init(
    task: EvaluationTask, documents: TaskDocuments, settings: EvaluationSettings,
    fits: PromptFits? = nil
  ) throws(TaskError) {
    self.task = task
    chat = settings.chat
    systemInstruction = settings.systemInstruction
    self.fits = fits
    let first = documents.evaluated.first
    columns = Set(first?.columns ?? [])
    examples = try FewShotSampler(
      task.fewShot, task: task.name, pool: documents.examples,
      count: task.fewShotCount(override: settings.fewShot),
      seed: task.profile == .paper ? Self.paperSeed : settings.seed)
    guard let first else {
      (hasMultipleInputs, hasMultipleTargets) = (false, false)
      return
    }
    do {
      hasMultipleInputs =
        try task.prompt.choices != nil
        && Self.text(first, task.prompt, columns).integerValue != nil
      let target = try Self.target(first, task.prompt, columns)
      if case .list(let items) = target, !items.isEmpty {
        hasMultipleTargets = true
      } else {
        hasMultipleTargets = false
      }
    } catch {
      throw .document(
        task: task.name, split: task.evaluationSplit, index: 0, problem: "\(error)")
    }
  }

  // MARK: Fields

  /// The question; a number where digits index the choices.
  static func text(
    _ document: Document, _ format: PromptFormat, _ columns: Set<String>
  ) throws -> Value {
    try interpreted(format.text.value(document, columns: columns), format, lists: false)
  }

  func target(_ document: Document, _ format: PromptFormat) throws -> Value {
    try Self.target(document, format, columns)
  }

  private static func target(
    _ document: Document, _ format: PromptFormat, _ columns: Set<String>
  ) throws -> Value {
    try interpreted(format.target.value(document, columns: columns), format, lists: true)
  }

  /// Rendered digits are an index if there are choices; a rendered `[…]` is a list of answers.
  private static func interpreted(
    _ field: DocumentField.Filled, _ format: PromptFormat, lists: Bool
  ) throws -> Value {
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
      value = try Template.literal(value.text, name: "\(source.place) gave \(value.text.shown())")
    }
    guard let items = value.items, !items.isEmpty else {
      throw TemplateFault(
        "\(source.place): expected a list of choices, found \(value.text.shown())")
    }
    return items.map(\.text)
  }

  func prefix(
    _ document: Document, _ format: PromptFormat, columns: Set<String>?
  ) throws -> String {
    try Self.optional(format.prefix?.value(document, columns: columns))
  }

  /// A field that may be left out, or null in a document.
  private static func optional(_ field: DocumentField.Filled?) -> String {
    guard let value = field?.value, value != .none else { return "" }
    return value.text
  }

  // MARK: Prompts

  /// The contexts of a document; whole few-shot examples are left out, oldest first, until the
  /// prompt fits.
  ///
  /// - Parameters:
  ///   - continuations: what will follow the contexts.
  ///   - newTokens: tokens that a completion may take.
  mutating func prompt(
    for document: Document, continuations: [String], newTokens: Int = 0
  ) throws -> BuiltPrompt {
    let format = task.prompt
    let description = try Self.optional(format.description?.value(document, columns: nil))
    let system = PromptPart.joined(
      systemInstruction ?? "", description, delimiter: format.exampleDelimiter)
    let start = system.isEmpty ? [] : [PromptPart(role: .system, content: system)]
    let drawn = try examples.draw(for: document)
    let turns = try drawn.map { try turn($0) }
    // Rows that say the same may still differ in an id.
    let own = turns.isEmpty ? nil : try? turn(document)
    let ends = try finalTurns(document, format)
    var dropped = 0
    while true {
      let shots = turns.dropFirst(dropped).flatMap { $0 }
      var prompt = try contexts(ends.map { start + shots + $0 }, droppedExamples: dropped)
      prompt.showsOwnAnswer =
        drawn.dropFirst(dropped).contains(document)
        || own.map { turns.dropFirst(dropped).contains($0) } ?? false
      guard let fits, dropped < turns.count,
        !prompt.contexts.allSatisfy({ fits($0, continuations, newTokens) })
      else { return prompt }
      dropped += 1
    }
  }

  /// Texts of prompts: their parts one after another, or a chat.
  private func contexts(
    _ prompts: [[PromptPart]], droppedExamples: Int
  ) throws -> BuiltPrompt {
    var result = BuiltPrompt(contexts: [], droppedExamples: droppedExamples)
    for parts in prompts {
      result.parts.append(parts)
      guard let chat else {
        result.contexts.append(parts.map(\.text).joined())
        continue
      }
      let built = try chat.text(parts, ending: parts.last?.role == .assistant ? .open : .prompt)
      result.contexts.append(built.text)
      result.droppedSystem = result.droppedSystem || built.droppedSystem
    }
    return result
  }

  /// What stands behind a prompt's context when it is answered: the answer, in a chat with what ends its turn.
  func answered(_ prompt: BuiltPrompt, with answer: String) throws -> String {
    guard let chat else { return answerDelimiter + answer }
    var parts = prompt.parts[0]
    if let last = parts.last, last.role == .assistant {
      parts[parts.count - 1].content = last.content + answerDelimiter + answer
    } else {
      parts.append(PromptPart(role: .assistant, content: answer))
    }
    let whole = try chat.text(parts, ending: .closed).text.utf8
    let context = prompt.contexts[0].utf8
    guard whole.starts(with: context) else {
      throw TemplateFault(
        "the chat template writes a question that is answered otherwise than one that is open, so that the answer "
          + "cannot be told from it; score without --apply-chat-template, or with another template")
    }
    return String(decoding: whole.dropFirst(context.count), as: UTF8.self)
  }

  /// The evaluated question: one, or one per choice with multiple inputs.
  private func finalTurns(
    _ document: Document, _ format: PromptFormat
  ) throws -> [[PromptPart]] {
    let prefix = try prefix(document, format, columns: columns)
    if hasMultipleInputs {
      return try choices(document, format).map {
        Self.question($0, prefix: prefix, delimiter: "")
      }
    }
    let text = try Self.text(document, format, columns)
    if text == .none { throw TemplateFault("\(format.text.place): the question is null") }
    return [Self.question(text.text, prefix: prefix, delimiter: format.targetDelimiter)]
  }

  /// What stands in front of an answer that is scored: the delimiter; in a chat nothing, since the
  /// template ends the question, unless the answer has begun with the task's prefix.
  var answerDelimiter: String {
    let format = task.prompt
    guard chat != nil else { return format.targetDelimiter }
    guard let written = format.prefix?.writtenText, let last = written.unicodeScalars.last,
      !last.isPythonSpace
    else { return "" }
    return format.targetDelimiter
  }

  /// A question without its answer, and the prefix of the answer.
  private static func question(
    _ text: String, prefix: String, delimiter: String
  ) -> [PromptPart] {
    let isApart = PromptPart.needDelimiter(text, prefix)
    let question = PromptPart(role: .user, content: text, delimiter: isApart ? delimiter : "")
    return prefix.isEmpty ? [question] : [question, PromptPart(role: .assistant, content: prefix)]
  }

  /// One few-shot example: question, answer and their delimiters.
  private func turn(_ document: Document) throws -> [PromptPart] {
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
    // Of several right answers the first is shown.
    let gold = target.items?.first ?? target
    let answer =
      gold.integerValue != nil && !choices.isEmpty
      ? try Self.pick(gold, from: choices) : gold.text
    if target == .none || target == .string("") {
      return Self.question(question, prefix: prefix, delimiter: format.targetDelimiter)
    }
    let isApart = prefix.isEmpty || PromptPart.needDelimiter(question, prefix)
    return [
      PromptPart(
        role: .user, content: question, delimiter: isApart ? format.targetDelimiter : ""),
      PromptPart(
        role: .assistant, content: PromptPart.joined(prefix, answer, delimiter: " "),
        delimiter: format.exampleDelimiter),
    ]
  }

  private static func pick(_ index: Value, from choices: [String]) throws -> String {
    guard let index = index.integerValue, choices.indices.contains(index) else {
      throw TemplateFault(
        "the answer \(index.text.shown()) is not one of the \(choices.count) choices")
    }
    return choices[index]
  }
}
