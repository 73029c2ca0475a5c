/// A column of the forget documents: its values and the number of documents with each.
package struct CorpusColumn: Sendable, Hashable {
  package struct Value: Sendable, Hashable {
    package let text: String
    /// Number of documents with this value.
    package let documents: Int
  }

  package let name: String
  /// In order of first appearance, the order of `by_attribute`'s parts.
  package let values: [Value]
  /// Number of documents without this column.
  package let missing: Int

  /// Maximum number of parts to propose: more take long, and each has little text.
  private static let mostParts = 20
  /// Minimum number of documents per part, the default of `ByAttribute`.
  private static let fewestDocuments = ByAttribute().minimumDocuments
  /// Fraction of the documents that a proposed split may leave out.
  private static let mostLeftOut = 0.1

  /// The columns of `documents`, by name.
  package static func all(_ documents: [ForgetDocument]) -> [CorpusColumn] {
    Set(documents.flatMap(\.attributes.keys)).sorted().map { name in
      var counts: [String: Int] = [:]
      var order: [String] = []
      for value in documents.compactMap({ $0.attributes[name] }) {
        if counts[value] == nil { order.append(value) }
        counts[value, default: 0] += 1
      }
      return CorpusColumn(
        name: name, values: order.map { Value(text: $0, documents: counts[$0] ?? 0) },
        missing: documents.count { $0.attributes[name] == nil })
    }
  }

  /// The values with enough documents to be parts.
  package var parts: [Value] { values.filter { $0.documents >= Self.fewestDocuments } }

  /// Whether the column is suitable for a split: two to twenty parts that cover nearly all documents.
  package var splits: Bool {
    let total = values.reduce(0) { $0 + $1.documents }
    let kept = parts.reduce(0) { $0 + $1.documents }
    return missing == 0 && (2...Self.mostParts).contains(parts.count)
      && Double(total - kept) <= Self.mostLeftOut * Double(total)
  }

  /// The best column to split by: names are preferred to numbers, then the most even parts, then the most parts,
  /// then the first column by name.
  package static func proposed(of columns: [CorpusColumn]) -> CorpusColumn? {
    columns.filter(\.splits).min { left, right in
      if left.isNumeric != right.isNumeric { return right.isNumeric }
      if left.evenness != right.evenness { return left.evenness > right.evenness }
      if left.parts.count != right.parts.count { return left.parts.count > right.parts.count }
      return left.name < right.name
    }
  }

  private var isNumeric: Bool { parts.allSatisfy { Double($0.text) != nil } }

  /// Size of the smallest part divided by that of the largest, 0 to 1.
  private var evenness: Double {
    let counts = parts.map(\.documents)
    return Double(counts.min() ?? 0) / Double(max(counts.max() ?? 1, 1))
  }
}
