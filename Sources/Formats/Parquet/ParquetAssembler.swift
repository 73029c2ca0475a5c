/// Puts the entries of all columns of a row group together to rows.
struct ParquetAssembler {
  private let schema: ParquetSchema
  private let columns: [ParquetEntries]
  /// For each column, the next entry and the next value that is there.
  private var positions: [(entry: Int, value: Int)]
  /// A row without values.
  private let row: Mapping

  init(_ schema: ParquetSchema, _ columns: [ParquetEntries]) {
    self.schema = schema
    self.columns = columns
    positions = columns.map { _ in (0, 0) }
    row = Mapping(schema.fields.map { ($0.name, Value.none) })
  }

  /// Whether every entry has become part of a row.
  var isFinished: Bool { zip(columns, positions).allSatisfy { $0.count == $1.entry } }

  mutating func document() throws(ParquetFault) -> Document {
    for index in columns.indices where try repetition(index) != 0 {
      throw fault(index, "a row begins in the middle of a list")
    }
    var values: [Value] = []
    values.reserveCapacity(schema.fields.count)
    for field in schema.fields { values.append(try value(field.shape)) }
    return Document(row.with(values: values))
  }

  private mutating func mapping(
    _ fields: [(name: String, shape: ParquetShape)]
  ) throws(ParquetFault) -> Mapping {
    var mapping = Mapping()
    for field in fields { mapping[.string(field.name)] = try value(field.shape) }
    return mapping
  }

  private mutating func value(_ shape: ParquetShape) throws(ParquetFault) -> Value {
    switch shape {
    case .leaf(let index): return try take(index)
    case .structure(let fields, let leaves, let presentAt):
      if try definition(leaves.lowerBound) < presentAt {
        try skip(leaves)
        return .none
      }
      return .mapping(try mapping(fields))
    case .list(let element, let leaves, let presentAt, let filledAt, let listRepetition):
      let level = try definition(leaves.lowerBound)
      if level < filledAt {
        try skip(leaves)
        return level < presentAt ? .none : .list([])
      }
      var items = [try value(element)]
      while hasNext(leaves.lowerBound), try repetition(leaves.lowerBound) == listRepetition {
        items.append(try value(element))
      }
      return .list(items)
    case .pair(let key, let entry): return .tuple([try value(key), try value(entry)])
    }
  }

  // MARK: Entries

  private func fault(_ index: Int, _ problem: String) -> ParquetFault {
    ParquetFault(problem).inside("column \(schema.columns[index].path.shown())")
  }

  private func hasNext(_ index: Int) -> Bool { positions[index].entry < columns[index].count }

  private func definition(_ index: Int) throws(ParquetFault) -> UInt8 {
    guard hasNext(index) else { throw fault(index, "it has fewer entries than its neighbours") }
    let levels = columns[index].definitions
    return levels.isEmpty ? schema.columns[index].definitionLimit : levels[positions[index].entry]
  }

  private func repetition(_ index: Int) throws(ParquetFault) -> UInt8 {
    guard hasNext(index) else { throw fault(index, "it has fewer entries than its neighbours") }
    let levels = columns[index].repetitions
    return levels.isEmpty ? 0 : levels[positions[index].entry]
  }

  private mutating func take(_ index: Int) throws(ParquetFault) -> Value {
    let isThere = try definition(index) == schema.columns[index].definitionLimit
    positions[index].entry += 1
    if !isThere { return .none }
    defer { positions[index].value += 1 }
    return columns[index].values[positions[index].value]
  }

  private mutating func skip(_ leaves: Range<Int>) throws(ParquetFault) {
    for index in leaves { _ = try take(index) }
  }
}
