/// One part for each forget file.
package struct ByFile: Splitter {
  package static let card = MethodCard(
    name: "by_file", title: "By file", reference: "",
    summary: "One part for each forget file, named like the file.")

  /// A part with fewer documents is an error.
  package var minimumDocuments = 2

  package init() {}

  package static let ranges: [String: SettingRange] = ["minimumDocuments": minimumRange]

  package func split(
    _ documents: [ForgetDocument], in context: inout SplitContext
  ) throws -> Split {
    try checkNotEmpty(documents)
    var groups = OrderedGroups()
    for document in documents { groups.add(document, to: document.file) }
    let parts = groups.parts
    let short = parts.map { shortName($0.name) }
    // Two folders may hold files of one name.
    let unique = Set(short).count == short.count
    let named = zip(parts, short).map { part, name in
      ForgetPart(name: unique ? name : part.name, documents: part.documents)
    }
    try checkParts(
      named, minimumDocuments: minimumDocuments, method: "splitting by file",
      remedy: "name several forget files")
    return Split(parts: named)
  }

  /// `corpora/forget-science.jsonl` → `forget-science`.
  private func shortName(_ path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return last }
    return String(last[..<dot])
  }
}
