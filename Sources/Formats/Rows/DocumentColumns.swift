/// The columns of a data set in JSON, as the `datasets` library types them: every row has all columns
/// in the order of their first appearance, and a column with whole numbers and fractions has fractions
/// only.
///
/// A template then meets null where a row leaves a column out, and documents hash as the harness's do.
/// Texts that all are dates and times become Python's text of them. Columns whose values are of several
/// types stay as they are written. Checked against datasets 5.2.
package struct DocumentColumns: Sendable {
  private var types = TypedColumns()

  /// - Parameter isField: whether the rows stood under a key that `field` names; `datasets` then reads
  ///   them with pandas, which sees dates only in columns that are called so, gives all objects of a
  ///   column the same members, and makes whole numbers of fractions that all are whole.
  package init(_ documents: [Document], isField: Bool = false) {
    var fractional: Set<Value> = []
    for document in documents {
      for (key, value) in zip(document.fields.keys, document.fields.values) {
        if case .float(let number) = value, Int(exactly: number) == nil { fractional.insert(key) }
        let readsTimes =
          !isField || value.stringValue != nil && Self.isTime(column: key.stringValue ?? "")
        types.add(key, ColumnType(value, readsTimes: readsTimes), unites: isField)
      }
    }
    if isField { types.makeIntegers { !fractional.contains($0) } }
  }

  package var count: Int { types.all.count }

  /// Whether pandas looks for dates in a column of that name.
  private static func isTime(column: String) -> Bool {
    let name = column.lowercased()
    return name.hasSuffix("_at") || name.hasSuffix("_time") || name.hasPrefix("timestamp")
      || name == "modified" || name == "date"
  }

  /// The row with all columns.
  package func complete(_ document: Document) -> Document {
    var fields = Mapping()
    for (key, type) in types.all {
      fields[key] = document.fields[key].map(type.value) ?? Value.none
    }
    return Document(fields)
  }
}

/// Column names and what they hold, in the order in which they were first met.
private struct TypedColumns: Sendable {
  private(set) var all: [(key: Value, type: ColumnType)] = []
  private var positions: [Value: Int] = [:]

  mutating func add(_ key: Value, _ type: ColumnType, unites: Bool) {
    if let position = positions[key] {
      all[position].type = all[position].type.merged(with: type, unites: unites)
    } else {
      positions[key] = all.count
      all.append((key, type))
    }
  }

  /// Turns columns of fractions into such of whole numbers, where `isWhole` says so.
  mutating func makeIntegers(where isWhole: (Value) -> Bool) {
    for index in all.indices where isWhole(all[index].key) {
      if case .float = all[index].type { all[index].type = .integer }
    }
  }
}

/// What a column holds in all rows seen so far.
private indirect enum ColumnType: Sendable {
  /// Nothing but null.
  case unknown
  case bool, integer, float, text
  /// Texts that are dates and times, all of them.
  case time
  case list(ColumnType)
  case mapping([(key: Value, type: ColumnType)])
  /// Several types: left as written.
  case mixed

  init(_ value: Value, readsTimes: Bool) {
    switch value {
    case .none: self = .unknown
    case .bool: self = .bool
    case .integer: self = .integer
    case .float: self = .float
    case .string(let text): self = readsTimes && ISOTime.text(text) != nil ? .time : .text
    case .list(let items), .tuple(let items):
      // Where nested texts are read as times, objects are not united.
      self = .list(
        items.reduce(.unknown) {
          $0.merged(with: ColumnType($1, readsTimes: readsTimes), unites: !readsTimes)
        })
    case .mapping(let mapping):
      self = .mapping(
        zip(mapping.keys, mapping.values).map { ($0, ColumnType($1, readsTimes: readsTimes)) })
    }
  }

  /// - Parameter unites: whether objects with other members are of one type, which has them all.
  func merged(with other: ColumnType, unites: Bool) -> ColumnType {
    switch (self, other) {
    case (.unknown, _): return other
    case (_, .unknown): return self
    case (.bool, .bool), (.integer, .integer), (.text, .text), (.time, .time): return self
    case (.text, .time), (.time, .text): return .text
    case (.integer, .float), (.float, .integer), (.float, .float): return .float
    case (.list(let left), .list(let right)): return .list(left.merged(with: right, unites: unites))
    case (.mapping(let left), .mapping(let right)):
      guard unites || left.count == right.count else { return .mixed }
      var members: [(key: Value, type: ColumnType)] = []
      for (position, member) in left.enumerated() {
        // Members mostly come in the same order.
        let other =
          position < right.count && right[position].key == member.key
          ? right[position] : right.first { $0.key == member.key }
        guard let other else {
          guard unites else { return .mixed }
          members.append(member)
          continue
        }
        members.append((member.key, member.type.merged(with: other.type, unites: unites)))
      }
      if unites {
        let known = Set(left.map(\.key))
        members += right.filter { !known.contains($0.key) }
      }
      return .mapping(members)
    default: return .mixed
    }
  }

  /// A value as one of this type.
  func value(_ value: Value) -> Value {
    switch (self, value) {
    case (.float, .integer(let number)): return .float(Double(number))
    case (.integer, .float(let number)): return Int(exactly: number).map { .integer($0) } ?? value
    case (.time, .string(let text)): return .string(ISOTime.text(text) ?? text)
    case (.list(let type), .list(let items)): return .list(items.map(type.value))
    case (.mapping(let members), .mapping(let mapping)):
      var fields = Mapping()
      for (key, type) in members {
        fields[key] = mapping[key].map(type.value) ?? Value.none
      }
      return .mapping(fields)
    default: return value
    }
  }
}
