package import Formats

/// A text with Jinja tags, parsed once and rendered for each document.
package struct Template: Sendable {
  /// The text as written.
  package let source: String
  private let nodes: [TemplateNode]
  private let dialect: TemplateDialect

  /// - Parameters:
  ///   - source: the text.
  ///   - name: what it is and where it stands, for messages: `piqa.yaml:7: doc_to_text`.
  ///   - keepsTrailingNewline: whether a newline at the very end is printed; Jinja's own default is
  ///   that it is not.
  package init(
    _ source: String, name: String, keepsTrailingNewline: Bool = true
  ) throws(TemplateError) {
    try self.init(
      source, name: name, dialect: .task, keepsTrailingNewline: keepsTrailingNewline)
  }

  package init(
    _ source: String, name: String, dialect: TemplateDialect, keepsTrailingNewline: Bool
  ) throws(TemplateError) {
    self.source = source
    self.dialect = dialect
    let isDropped = !keepsTrailingNewline && source.last?.isNewline == true
    let tokens = try TemplateLexer.tokens(
      of: isDropped ? String(source.dropLast()) : source, template: name, dialect: dialect)
    nodes = try TemplateParser.template(tokens)
  }

  package func render(_ document: Mapping) throws(TemplateError) -> String {
    try TemplateEvaluator.render(nodes, document: document, dialect: dialect)
  }

  /// The value of a Python literal, as `ast.literal_eval` reads it: numbers, strings, lists,
  /// dictionaries.
  package static func literal(
    _ source: String, name: String
  ) throws(TemplateError) -> Value {
    do { return try PythonLiteral.value(of: source) } catch {
      throw .evaluation(TemplatePlace(template: name, line: 1, column: 1), error.message)
    }
  }
}
