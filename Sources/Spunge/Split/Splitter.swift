import Formats

/// Divides the forget corpus into parts that are unlearned separately.
package protocol Splitter: CatalogMethod {
  /// Parts of `documents` in a stable order.
  ///
  /// - Parameter context: random numbers and models; the same generator and answers give the same
  ///   parts.
  /// - Throws: `SplitError`, and what the context's answers throw.
  func split(_ documents: [ForgetDocument], in context: inout SplitContext) throws -> Split
  /// Whether it uses the classifier given by `split.classifier`.
  static var asksClassifier: Bool { get }
  /// Whether it runs the base model, which is slow.
  static var asksModel: Bool { get }
}

extension Splitter {
  package static var asksClassifier: Bool { false }
  package static var asksModel: Bool { false }
}

/// Random numbers and models for splitters; closures, because `Split` must not depend on models.
package struct SplitContext {
  /// Used by splitters that draw.
  package var random: any RandomNumberGenerator
  /// Returns a classifier's label per document; nil without a classifier.
  package var labels: (([ForgetDocument]) throws -> [String])?
  /// Returns one vector per document, all of the same length; nil without a model.
  package var embeddings: (([ForgetDocument]) throws -> [[Float]])?

  package init(
    random: any RandomNumberGenerator,
    labels: (([ForgetDocument]) throws -> [String])? = nil,
    embeddings: (([ForgetDocument]) throws -> [[Float]])? = nil
  ) {
    self.random = random
    self.labels = labels
    self.embeddings = embeddings
  }

  /// A random integer in 0 ..< `bound`; own code, because the standard library's may change between versions.
  mutating func draw(below bound: Int) -> Int {
    Int(random.next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A random permutation of 0 ..< `count` (Fisher–Yates).
  mutating func shuffled(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in order.indices.dropFirst().reversed() { order.swapAt(last, draw(below: last + 1)) }
    return order
  }
}

/// Every splitter that an experiment can name.
package let splitters = Catalog<any Splitter>(
  of: "split method",
  [
    .init(ByAttribute.self),
    .init(ByFile.self),
    .init(ByPattern.self),
    .init(ByLabel.self),
    .init(KMeans.self),
    .init(RandomParts.self),
    .init(Copies.self),
    .init(Single.self),
  ])

/// A forget corpus that cannot be read or split as requested.
package enum SplitError: InputFailure, CustomStringConvertible, Equatable {
  case unreadable(file: String, reason: String)
  case invalidRow(file: String, line: Int, reason: String)
  case noDocuments(files: [String])
  case missingAttribute(String, file: String, line: Int, known: [String])
  case unknownValue(String, attribute: String, known: [String])
  case noPattern
  case noMatch(file: String, line: Int)
  case notText(file: String, line: Int)
  case notLabelled(file: String, line: Int)
  case oneLabel(String)
  case notANumber(String, column: String, file: String, line: Int)
  case nothingLeft(column: String, documents: Int)
  case noClassifier
  case noModel
  case answerCount(Int, of: String, documents: Int)
  case embeddings(reason: String)
  case smallPart(String, documents: Int, minimum: Int)
  case tooFewParts(Int, method: String, remedy: String)

  package var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file.shown(limit: 500)): cannot be read: \(reason.shown(limit: 600))"
    case .invalidRow(let file, let line, let reason):
      "\(file.shown(limit: 500)):\(line): \(reason.shown(limit: 600))"
    case .noDocuments(let files):
      files.isEmpty
        ? "there are no documents to split; name at least one forget file"
        : "\(NameList.text(files)): no documents; a row is {\"text\": …} or {\"ids\": […]}"
    case .missingAttribute(let attribute, let file, let line, let known):
      "\(file.shown(limit: 500)):\(line): the document has no attribute '\(attribute.shown())'; "
        + (known.isEmpty
          ? "it has no attributes; add a column '\(attribute.shown())'"
          : "its attributes: \(NameList.text(known))")
    case .unknownValue(let value, let attribute, let known):
      "no document has \(attribute.shown()) '\(value.shown())'\(NearName.suggestion(for: value, in: known)); "
        + "values: \(NameList.text(known))"
    case .noPattern:
      "there is no pattern to split by; give patterns: [{name: …, pattern: …}]"
    case .noMatch(let file, let line):
      "\(file.shown(limit: 500)):\(line): no pattern matches the document; add a pattern, or set unmatched to drop "
        + "or part"
    case .notText(let file, let line):
      "\(file.shown(limit: 500)):\(line): the row has ids, but patterns search text; give text, or match a column"
    case .notLabelled(let file, let line):
      "\(file.shown(limit: 500)):\(line): the row has ids, but classifiers need text; give text, or split by a column"
    case .oneLabel(let label):
      "the classifier has only one label, '\(label.shown())'; splitting needs a classifier with at least two"
    case .notANumber(let text, let column, let file, let line):
      "\(file.shown(limit: 500)):\(line): column '\(column.shown())' is '\(text.shown())', not a number; correct the row or choose "
        + "another column"
    case .nothingLeft(let column, let documents):
      "none of \(documents) documents has '\(column.shown())' within the threshold; widen it"
    case .noClassifier:
      "splitting by label needs a classifier; give one, or choose another split method"
    case .noModel:
      "splitting by embeddings needs a model; give one, or choose another split method"
    case .answerCount(let count, let kind, let documents):
      "\(count) \(kind) for \(documents) documents; one is needed for each"
    case .embeddings(let reason):
      "the documents' embeddings cannot be clustered: \(reason)"
    case .smallPart(let name, let documents, let minimum):
      "part '\(name.shown())' has \(documents) document\(documents == 1 ? "" : "s"), fewer than "
        + "minimumDocuments = \(minimum); add documents, leave the part out, or lower the setting"
    case .tooFewParts(let count, let method, let remedy):
      "\(method) gives \(count) part\(count == 1 ? "" : "s"), but at least 2 are needed; \(remedy)"
    }
  }
}

/// Checks common to all splitters with several parts.
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

/// Range of `minimumDocuments`.
let minimumRange = SettingRange.from(1, to: 1e9)
