/// One row of a data set: a JSON object whose keys keep their order.
package struct Document: Sendable, Hashable {
  package var fields: Mapping

  package init(_ fields: Mapping) { self.fields = fields }

  package init(_ pairs: [(String, Value)]) { fields = Mapping(pairs) }

  package subscript(column: String) -> Value? {
    get { fields[.string(column)] }
    set { fields[.string(column)] = newValue }
  }

  package var columns: [String] { fields.keys.compactMap(\.stringValue) }
}
