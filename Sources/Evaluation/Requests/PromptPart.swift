import PythonText

/// A piece of a prompt: a message of a chat, or text with what separates it from the next piece.
struct PromptPart: Sendable, Hashable {
  var role: ChatMessage.Role
  var content: String
  /// Behind the content in plain text; chats leave it out.
  var delimiter = ""

  var text: String { content + delimiter }
  var message: ChatMessage { ChatMessage(role, content) }

  /// `first` and `second` with `delimiter` between them unless one is empty or white space is
  /// there already.
  static func joined(_ first: String, _ second: String, delimiter: String) -> String {
    guard !first.isEmpty, !second.isEmpty else { return first + second }
    return first + (needDelimiter(first, second) ? delimiter : "") + second
  }

  /// Whether no white space separates two texts; an empty text needs nothing.
  static func needDelimiter(_ first: String, _ second: String) -> Bool {
    guard let last = first.unicodeScalars.last, let next = second.unicodeScalars.first else {
      return false
    }
    return !last.isPythonSpace && !next.isPythonSpace
  }
}

/// The contexts of one document, and what was left out to make them.
struct BuiltPrompt {
  /// One, or one per choice with multiple inputs.
  var contexts: [String]
  /// The pieces of each.
  var parts: [[PromptPart]] = []
  /// Few-shot examples that did not fit.
  var droppedExamples = 0
  /// Whether the chat template refused the system message.
  var droppedSystem = false
  /// Whether the document itself is among its few-shot examples.
  var showsOwnAnswer = false
}
