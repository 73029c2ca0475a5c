/// The columns of a data set in JSON, as the `datasets` library types them: every row has all columns
/// in the order of their first appearance, and a column with whole numbers and fractions has fractions
/// only.
///
/// A template then meets null where a row leaves a column out, and documents hash as the harness's do.
/// Columns whose values are of several types stay as they are written. Checked against datasets 4.
struct DocumentColumns: Sendable {
  private var types = TypedColumns()

  init(_ documents: [Document]) {
    for document in documents {
      for (key, value) in zip(document.fields.keys, document.fields.values) {
        types.add(key, ColumnType(value))
      }
    }
  }

  /// The row with all columns.
  func complete(_ document: Document) -> Document {
    var fields = TemplateMapping()
    for (key, type) in types.all {
      fields[key] = document.fields[key].map(type.value) ?? TemplateValue.none
    }
    return Document(fields)
  }
}

/// Column names and what they hold, in the order in which they were first met.
private struct TypedColumns: Sendable {
  private(set) var all: [(key: TemplateValue, type: ColumnType)] = []
  private var positions: [TemplateValue: Int] = [:]

  mutating func add(_ key: TemplateValue, _ type: ColumnType) {
    if let position = positions[key] {
      all[position].type = all[position].type.merged(with: type)
    } else {
      positions[key] = all.count
      all.append((key, type))
    }
  }
}

/// What a column holds in all rows seen so far.
private indirect enum ColumnType: Sendable {
  /// Nothing but null.
  case unknown
  case bool, integer, float, text
  case list(ColumnType)
  case mapping([(key: TemplateValue, type: ColumnType)])
  /// Several types: left as written.
  case mixed

  init(_ value: TemplateValue) {
    switch value {
    case .none: self = .unknown
    case .bool: self = .bool
    case .integer: self = .integer
    case .float: self = .float
    case .string: self = .text
    case .list(let items), .tuple(let items):
      self = .list(items.reduce(.unknown) { $0.merged(with: ColumnType($1)) })
    case .mapping(let mapping):
      self = .mapping(zip(mapping.keys, mapping.values).map { ($0, ColumnType($1)) })
    }
  }

  func merged(with other: ColumnType) -> ColumnType {
    switch (self, other) {
    case (.unknown, _): return other
    case (_, .unknown): return self
    case (.bool, .bool), (.integer, .integer), (.text, .text): return self
    case (.integer, .float), (.float, .integer), (.float, .float): return .float
    case (.list(let left), .list(let right)): return .list(left.merged(with: right))
    case (.mapping(let left), .mapping(let right)):
      guard left.count == right.count else { return .mixed }
      var members: [(key: TemplateValue, type: ColumnType)] = []
      for (position, member) in left.enumerated() {
        // Members mostly come in the same order.
        let other =
          right[position].key == member.key
          ? right[position] : right.first { $0.key == member.key }
        guard let other else { return .mixed }
        members.append((member.key, member.type.merged(with: other.type)))
      }
      return .mapping(members)
    default: return .mixed
    }
  }

  /// A value as one of this type.
  func value(_ value: TemplateValue) -> TemplateValue {
    switch (self, value) {
    case (.float, .integer(let number)): return .float(Double(number))
    case (.list(let type), .list(let items)): return .list(items.map(type.value))
    case (.mapping(let members), .mapping(let mapping)):
      var fields = TemplateMapping()
      for (key, type) in members { fields[key] = mapping[key].map(type.value) }
      return .mapping(fields)
    default: return value
    }
  }
}
