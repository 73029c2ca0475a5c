/// One part of the forget corpus, to be unlearned separately.
package struct ForgetPart: Sendable, Hashable {
  /// Name in file names and tables, for example the attribute's value.
  package let name: String
  /// The documents, in the order of the corpus.
  package let documents: [ForgetDocument]

  package init(name: String, documents: [ForgetDocument]) {
    self.name = name
    self.documents = documents
  }

  /// The documents by their value of `attribute`, in order of first appearance.
  ///
  /// Pooled training alternates its batches between these groups.
  ///
  /// - Throws: `SplitError.missingAttribute`.
  package func groups(by attribute: String) throws(SplitError) -> [ForgetPart] {
    var groups = OrderedGroups()
    for document in documents {
      groups.add(document, to: try document.attribute(attribute))
    }
    return groups.parts
  }
}

/// The result of splitting a corpus.
package struct Split: Sendable, Hashable {
  /// The parts in order of first appearance.
  package var parts: [ForgetPart]
  /// Reason → number of documents that are in no part.
  package var dropped: [String: Int]
  /// Documents to retain rather than forget.
  package var retained: [ForgetDocument] = []

  package init(parts: [ForgetPart], dropped: [String: Int] = [:]) {
    self.parts = parts
    self.dropped = dropped
  }
}

/// Documents grouped by name, in order of first appearance.
struct OrderedGroups {
  private var names: [String] = []
  private var documents: [String: [ForgetDocument]] = [:]

  mutating func add(_ document: ForgetDocument, to name: String) {
    if documents[name] == nil { names.append(name) }
    documents[name, default: []].append(document)
  }

  var parts: [ForgetPart] {
    names.map { ForgetPart(name: $0, documents: documents[$0] ?? []) }
  }
}
