/// Whose Jinja a template is written for.
package enum TemplateDialect: Sendable {
  /// Task files of the harness: what is undefined is an error, white space stays.
  case task
  /// Chat templates as transformers renders them: what is undefined prints nothing, a line that
  /// holds only a statement leaves no trace.
  case chat
}
