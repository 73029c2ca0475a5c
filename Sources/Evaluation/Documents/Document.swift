/// One row of a data set: a JSON object whose keys keep their order.
package struct Document: Sendable, Hashable {
  package var fields: TemplateMapping

  package init(_ fields: TemplateMapping) { self.fields = fields }

  package init(_ pairs: [(String, TemplateValue)]) { fields = TemplateMapping(pairs) }

  package subscript(column: String) -> TemplateValue? {
    get { fields[.string(column)] }
    set { fields[.string(column)] = newValue }
  }

  package var columns: [String] { fields.keys.map(\.text) }
}
