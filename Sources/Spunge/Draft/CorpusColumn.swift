/// A column of the forget documents: which values it has, and how many documents each.
package struct CorpusColumn: Sendable, Hashable {
  package struct Value: Sendable, Hashable {
    package let text: String
    /// Number of documents with this value.
    package let documents: Int
  }

  package let name: String
  /// In order of first appearance, as `by_attribute` makes its parts.
  package let values: [Value]
  /// Documents that have no such column.
  package let missing: Int

  /// Most parts that are proposed: more take long, and each has little text.
  private static let mostParts = 20
  /// Documents that a part has at least, as `ByAttribute` wants.
  private static let fewestDocuments = ByAttribute().minimumDocuments
  /// Share of the documents that a split may leave out.
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

  /// The values that can be parts: those of enough documents.
  package var parts: [Value] { values.filter { $0.documents >= Self.fewestDocuments } }

  /// Whether its values make a split: two to twenty parts that hold nearly all documents.
  package var splits: Bool {
    let total = values.reduce(0) { $0 + $1.documents }
    let kept = parts.reduce(0) { $0 + $1.documents }
    return missing == 0 && (2...Self.mostParts).contains(parts.count)
      && Double(total - kept) <= Self.mostLeftOut * Double(total)
  }

  /// The column to split by: of those that can, names before numbers, then the one whose parts are most even, then
  /// the one with most parts, then the first by name.
  package static func proposed(of columns: [CorpusColumn]) -> CorpusColumn? {
    columns.filter(\.splits).min { left, right in
      if left.isNumeric != right.isNumeric { return right.isNumeric }
      if left.evenness != right.evenness { return left.evenness > right.evenness }
      if left.parts.count != right.parts.count { return left.parts.count > right.parts.count }
      return left.name < right.name
    }
  }

  private var isNumeric: Bool { parts.allSatisfy { Double($0.text) != nil } }

  /// Documents of the smallest part over those of the largest, 0 to 1.
  private var evenness: Double {
    let counts = parts.map(\.documents)
    return Double(counts.min() ?? 0) / Double(max(counts.max() ?? 1, 1))
  }
}
