import Formats

/// Where in which template something is wrong.
package struct TemplatePlace: Sendable, Hashable, CustomStringConvertible {
  /// What the template is and where it stands, for example `piqa.yaml:7: doc_to_text`.
  package var template: String
  /// Line and column inside the template, from 1.
  package var line: Int
  package var column: Int

  package init(template: String, line: Int, column: Int) {
    self.template = template
    self.line = line
    self.column = column
  }

  package var description: String {
    "\(template.shown(limit: 600)), line \(line), column \(column)"
  }
}

/// What can be wrong with a template, or with a document that is put into it.
package enum TemplateError: InputFailure, Sendable, Hashable, CustomStringConvertible {
  case syntax(TemplatePlace, String)
  case unknownFilter(TemplatePlace, String)
  case unknownTest(TemplatePlace, String)
  case undefined(TemplatePlace, String, columns: [String])
  case evaluation(TemplatePlace, String)

  package var description: String {
    switch self {
    case .syntax(let place, let problem):
      "\(place): template syntax error: \(problem.shown(limit: 600))"
    case .unknownFilter(let place, let name):
      "\(place): unknown filter '\(name.shown())'; known filters: "
        + TemplateFilters.names.joined(separator: ", ")
    case .unknownTest(let place, let name):
      "\(place): unknown test 'is \(name.shown())'; known tests: "
        + TemplateTests.names.joined(separator: ", ")
    case .undefined(let place, let problem, let columns):
      "\(place): \(problem.shown(limit: 600)); the document has the columns: "
        + columns.joined(separator: ", ").shown(limit: 400)
    case .evaluation(let place, let problem): "\(place): \(problem.shown(limit: 800))"
    }
  }
}

/// A failed operation that does not know where in the template it stands; the evaluator adds the
/// place.
package struct TemplateFault: InputFailure, CustomStringConvertible {
  package var message: String
  package var description: String { message }

  package init(_ message: String) { self.message = message }

  /// Runs code that throws nothing else but cannot say so: closures in tables have untyped throws.
  package static func only<Result>(_ body: () throws -> Result) throws(TemplateFault) -> Result {
    do {
      return try body()
    } catch {
      throw (error as? TemplateFault) ?? TemplateFault("\(error)")
    }
  }
}
