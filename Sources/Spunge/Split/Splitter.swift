/// Divides the forget corpus into parts that are unlearned separately.
package protocol Splitter: CatalogMethod {
  /// Parts of `documents` in a stable order.
  ///
  /// - Parameter random: used by splitters that draw; the same generator gives the same parts.
  /// - Throws: `SplitError`.
  func split(
    _ documents: [ForgetDocument], using random: inout some RandomNumberGenerator
  ) throws -> Split
}

/// Every splitter that an experiment can name.
package let splitters = Catalog<any Splitter>(
  of: "split method",
  [
    .init(ByAttribute.self),
    .init(ByFile.self),
    .init(RandomParts.self),
    .init(Single.self),
  ])

/// The forget corpus cannot be read or divided as asked.
package enum SplitError: Error, CustomStringConvertible, Equatable {
  case unreadable(file: String, reason: String)
  case invalidRow(file: String, line: Int, reason: String)
  case noDocuments(files: [String])
  case missingAttribute(String, file: String, line: Int, known: [String])
  case unknownValue(String, attribute: String, known: [String])
  case smallPart(String, documents: Int, minimum: Int)
  case tooFewParts(Int, method: String, remedy: String)

  package var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .invalidRow(let file, let line, let reason):
      "\(file):\(line): \(reason)"
    case .noDocuments(let files):
      files.isEmpty
        ? "there are no documents to split; name at least one forget file"
        : "\(files.joined(separator: ", ")): no documents; a row is {\"text\": …} or {\"ids\": […]}"
    case .missingAttribute(let attribute, let file, let line, let known):
      "\(file):\(line): the document has no attribute '\(attribute)'; "
        + (known.isEmpty
          ? "it has none at all; add a column '\(attribute)'"
          : "it has: \(known.joined(separator: ", "))")
    case .unknownValue(let value, let attribute, let known):
      "no document has \(attribute) '\(value)'\(suggestion(for: value, in: known)); "
        + "values: \(known.joined(separator: ", "))"
    case .smallPart(let name, let documents, let minimum):
      "part '\(name)' has \(documents) document\(documents == 1 ? "" : "s"), fewer than "
        + "minimumDocuments = \(minimum); add documents, leave the part out, or lower the setting"
    case .tooFewParts(let count, let method, let remedy):
      "\(method) gives \(count) part\(count == 1 ? "" : "s") and at least 2 are needed; \(remedy)"
    }
  }
}

/// Checks that hold for every splitter that divides.
func checkParts(
  _ parts: [ForgetPart], minimumDocuments: Int, method: String, remedy: String
) throws(SplitError) {
  for part in parts where part.documents.count < minimumDocuments {
    throw .smallPart(part.name, documents: part.documents.count, minimum: minimumDocuments)
  }
  guard parts.count >= 2 else {
    throw .tooFewParts(
      parts.count, method: method, remedy: remedy + ", or use the split method 'single'")
  }
}

/// Throws `SplitError.noDocuments` for an empty corpus.
func checkNotEmpty(_ documents: [ForgetDocument]) throws(SplitError) {
  if documents.isEmpty { throw .noDocuments(files: []) }
}

/// Throws for a `minimumDocuments` below 1.
func checkMinimumDocuments(_ minimum: Int) throws {
  guard minimum >= 1 else {
    throw SettingsError.Problem.invalid(
      "minimumDocuments", given: "\(minimum)", requirement: "at least 1")
  }
}
