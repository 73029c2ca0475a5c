/// What is particular about how a file's rows are written.
package struct DocumentFormat: Sendable, Hashable {
  /// `json`, `csv` or `parquet`; nil goes by the extension.
  package var loader: String?
  /// `column_names` of CSV; empty when the first row holds them.
  package var columnNames: [String] = []
  /// Whether the first row of CSV holds names, which `columnNames` then replace.
  package var hasHeader = true
  /// `sep` or `delimiter` of CSV: one ASCII character.
  package var separator: UInt8?
  /// `field` of JSON: the key of the object under which the rows are.
  package var field: String?

  package init() {}
}
