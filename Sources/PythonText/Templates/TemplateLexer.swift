/// A piece of a template with the place where it starts.
struct TemplateToken: Sendable {
  enum Kind: Sendable, Hashable {
    case text(String)
    case outputStart, outputEnd, statementStart, statementEnd
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case symbol(String)
    case end
  }
  var kind: Kind
  var place: TemplatePlace
}

/// Cuts a template into tokens; Jinja's default delimiters and whitespace control.
struct TemplateLexer {
  private let template: String
  private let dialect: TemplateDialect
  let scalars: [Unicode.Scalar]
  var position = 0
  private(set) var tokens: [TemplateToken] = []
  /// Scalar index at which each line starts.
  private let lineStarts: [Int]

  init(_ source: String, template: String, dialect: TemplateDialect = .task) {
    self.template = template
    self.dialect = dialect
    let scalars = Self.normalizingNewlines(source)
    self.scalars = scalars
    lineStarts = [0] + scalars.indices.filter { scalars[$0] == "\n" }.map { $0 + 1 }
  }

  static func tokens(
    of source: String, template: String, dialect: TemplateDialect
  ) throws(TemplateError) -> [TemplateToken] {
    var lexer = TemplateLexer(source, template: template, dialect: dialect)
    try lexer.run()
    return lexer.tokens
  }

  private static func normalizingNewlines(_ source: String) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(source.utf8.count)
    var previous: Unicode.Scalar = " "
    for scalar in source.unicodeScalars {
      if scalar == "\r" {
        result.append("\n")
      } else if !(scalar == "\n" && previous == "\r") {
        result.append(scalar)
      }
      previous = scalar
    }
    return result
  }

  func place(at index: Int) -> TemplatePlace {
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= index { low = middle } else { high = middle }
    }
    return TemplatePlace(
      template: template, line: low + 1, column: index - lineStarts[low] + 1)
  }

  mutating func emit(_ kind: TemplateToken.Kind, at index: Int) {
    tokens.append(TemplateToken(kind: kind, place: place(at: index)))
  }

  func at(_ text: String, _ index: Int? = nil) -> Bool {
    var index = index ?? position
    for scalar in text.unicodeScalars {
      guard index < scalars.count, scalars[index] == scalar else { return false }
      index += 1
    }
    return true
  }

  mutating func skipSpace() {
    while position < scalars.count, scalars[position].isPythonSpace { position += 1 }
  }

  private mutating func run() throws(TemplateError) {
    while position < scalars.count {
      let start = position
      while position < scalars.count, !at("{{"), !at("{%"), !at("{#") { position += 1 }
      emitText(from: start, to: position)
      guard position < scalars.count else { break }
      if at("{#") {
        try skipComment()
      } else if at("{%") {
        if try !lexRaw() { try lexTag(closing: "%}", .statementStart, .statementEnd) }
      } else {
        try lexTag(closing: "}}", .outputStart, .outputEnd)
      }
    }
    emit(.end, at: scalars.count)
  }

  /// Text before a tag; `{%-` removes the white space at its end.
  private mutating func emitText(from start: Int, to end: Int) {
    let end = endOfText(from: start, beforeTagAt: end)
    if end > start { emit(.text(Self.string(scalars[start..<end])), at: start) }
  }

  /// Where the text in front of a tag ends once the tag has removed the white space that it takes.
  private func endOfText(from start: Int, beforeTagAt tag: Int) -> Int {
    guard tag < scalars.count else { return tag }
    var end = tag
    if at("-", tag + 2) {
      while end > start, scalars[end - 1].isPythonSpace { end -= 1 }
      return end
    }
    guard dialect == .chat, !at("{{", tag), !at("+", tag + 2) else { return tag }
    // Only if nothing else stands before the tag on its line.
    while end > start, scalars[end - 1] != "\n", scalars[end - 1].isPythonSpace { end -= 1 }
    return end == 0 || scalars[end - 1] == "\n" ? end : tag
  }

  /// After a statement or comment the line break that follows at once is left out.
  private mutating func skipLineEnd() {
    if dialect == .chat, position < scalars.count, scalars[position] == "\n" { position += 1 }
  }

  static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private mutating func skipComment() throws(TemplateError) {
    let start = position
    position += 2
    while position < scalars.count, !at("#}") { position += 1 }
    guard position < scalars.count else {
      throw .syntax(place(at: start), "the comment '{#' is never closed with '#}'")
    }
    let sign = position > start + 2 ? scalars[position - 1] : " "
    position += 2
    if sign == "-" { skipSpace() } else if sign != "+" { skipLineEnd() }
  }

  /// `{% raw %} … {% endraw %}`: text that is not looked into.
  private mutating func lexRaw() throws(TemplateError) -> Bool {
    let start = position
    guard let bodyStart = endOfTag("raw", from: start) else { return false }
    var index = bodyStart.end
    while index < scalars.count {
      if let tag = endOfTag("endraw", from: index) {
        let end = endOfText(from: bodyStart.end, beforeTagAt: index)
        position = bodyStart.end
        if bodyStart.trims { skipSpace() }
        if end > position { emit(.text(Self.string(scalars[position..<end])), at: position) }
        position = tag.end
        if tag.trims { skipSpace() } else { skipLineEnd() }
        return true
      }
      index += 1
    }
    throw .syntax(place(at: start), "'raw' is never closed with '{% endraw %}'")
  }

  /// Index after `{% name %}` if such a tag starts at `index`.
  private func endOfTag(_ name: String, from index: Int) -> (end: Int, trims: Bool)? {
    guard at("{%", index) else { return nil }
    var probe = self
    probe.position = index + 2
    if probe.at("-") || probe.at("+") { probe.position += 1 }
    probe.skipSpace()
    guard probe.at(name) else { return nil }
    probe.position += name.unicodeScalars.count
    probe.skipSpace()
    if probe.at("-%}") { return (probe.position + 3, true) }
    return probe.at("%}") ? (probe.position + 2, false) : nil
  }

  /// Everything between `{{` and `}}`, or `{%` and `%}`.
  private mutating func lexTag(
    closing: String, _ startKind: TemplateToken.Kind, _ endKind: TemplateToken.Kind
  ) throws(TemplateError) {
    let start = position
    emit(startKind, at: start)
    position += 2
    if at("-") || at("+") { position += 1 }
    var brackets = 0
    while true {
      skipSpace()
      guard position < scalars.count else {
        throw .syntax(
          place(at: start), "the tag that starts here is never closed with '\(closing)'")
      }
      let plusEnds = closing == "%}" && at("+%}")
      if brackets == 0, at("-" + closing) || at(closing) || plusEnds {
        let trims = at("-")
        emit(endKind, at: position)
        position += trims || plusEnds ? 3 : 2
        if trims { skipSpace() } else if !plusEnds && closing == "%}" { skipLineEnd() }
        return
      }
      try lexToken()
      if case .symbol(let symbol)? = tokens.last?.kind {
        if ["(", "[", "{"].contains(symbol) { brackets += 1 }
        if [")", "]", "}"].contains(symbol) { brackets = max(0, brackets - 1) }
      }
    }
  }
}
