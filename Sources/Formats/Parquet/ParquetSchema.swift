/// How the values of the leaves make up rows.
///
/// Levels are Dremel's: the definition level of an entry says how much of its path is there, the
/// repetition level which list goes on. Melnik et al. 2010, https://doi.org/10.14778/1920841.1920886
indirect enum ParquetShape: Sendable {
  case leaf(Int)
  /// - Parameters:
  ///   - leaves: the columns below.
  ///   - presentAt: definition level from which it is not null.
  case structure(
    fields: [(name: String, shape: ParquetShape)], leaves: Range<Int>, presentAt: UInt8)
  /// - Parameters:
  ///   - filledAt: definition level from which it is not empty.
  ///   - repetition: repetition level of its second element and those after it.
  case list(
    ParquetShape, leaves: Range<Int>, presentAt: UInt8, filledAt: UInt8, repetition: UInt8)
  /// A key with its value, inside a list.
  case pair(key: ParquetShape, value: ParquetShape)
}

/// The columns of a file, and the rows that they make up.
///
/// Lists and maps are recognised by pyarrow's rules, older ways of writing them included:
/// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
struct ParquetSchema: Sendable {
  private(set) var columns: [ParquetColumn] = []
  private(set) var fields: [(name: String, shape: ParquetShape)] = []
  private static let depthLimit = 64

  private struct Node {
    var element: ParquetMetadata.Element
    var children: [Node] = []
    var isGroup: Bool { element.type == nil }
    var isRepeated: Bool { element.repetition == 2 }
    var isList: Bool { element.logicalType.map { $0.id == 3 } ?? (element.convertedType == 3) }
    var isMap: Bool {
      element.logicalType.map { $0.id == 2 } ?? [1, 2].contains(element.convertedType)
    }
  }

  /// Where a node stands: levels of its parent, names on the way to it.
  private struct Place {
    var definition: UInt8 = 0
    var repetition: UInt8 = 0
    var path: [String] = []

    func entering(_ node: Node) -> Place {
      var place = self
      place.path.append(node.element.name)
      if node.element.repetition != 0 { place.definition += 1 }
      if node.isRepeated { place.repetition += 1 }
      return place
    }
  }

  /// - Parameter arrow: Arrow's schema, where the writer kept it.
  init(_ elements: [ParquetMetadata.Element], arrow: String? = nil) throws(ParquetFault) {
    var rest = elements[...]
    let root = try Self.node(&rest, depth: 0)
    guard rest.isEmpty, root.isGroup else {
      throw ParquetFault("schema: its nodes do not make up one tree")
    }
    fields = try shapes(root.children, Place())
    guard let leaves = arrow.flatMap(ArrowSchema.init)?.leaves, leaves.count == columns.count
    else { return }
    for index in columns.indices {
      do throws(ParquetFault) { try columns[index].refine(leaves[index]) } catch {
        throw error.inside("column \(columns[index].path.shown())")
      }
    }
  }

  private static func node(
    _ rest: inout ArraySlice<ParquetMetadata.Element>, depth: Int
  ) throws(ParquetFault) -> Node {
    guard let element = rest.popFirst() else { throw ParquetFault("schema: it ends too early") }
    guard depth <= depthLimit else {
      throw ParquetFault(unsupported: "schema: columns are nested more than \(depthLimit) deep")
    }
    guard (0...rest.count).contains(element.childCount),
      (element.type == nil) == (element.childCount > 0),
      depth == 0 || (0...2).contains(element.repetition ?? -1)
    else {
      throw ParquetFault(
        "schema: '\(element.name.shown())' is neither a column nor a group of columns")
    }
    var node = Node(element: element)
    for _ in 0..<element.childCount {
      node.children.append(try Self.node(&rest, depth: depth + 1))
    }
    return node
  }

  // MARK: Shapes

  private mutating func shapes(
    _ nodes: [Node], _ parent: Place
  ) throws(ParquetFault) -> [(name: String, shape: ParquetShape)] {
    var fields: [(name: String, shape: ParquetShape)] = []
    var names: Set<String> = []
    for node in nodes {
      guard names.insert(node.element.name).inserted else {
        throw ParquetFault(
          unsupported: "schema: two columns are named '\(node.element.name.shown())'",
          remedy: "rename one of them")
      }
      fields.append((node.element.name, try shape(node, parent)))
    }
    return fields
  }

  private mutating func shape(_ node: Node, _ parent: Place) throws(ParquetFault) -> ParquetShape {
    if node.isGroup, node.isList { return try annotatedList(node, parent) }
    if node.isGroup, node.isMap { return try map(node, parent) }
    guard node.isRepeated else { return try item(node, parent) }
    // A repeated field without annotation: a list that cannot be null.
    return try list(presentAt: parent.definition, of: node, parent) { schema throws(ParquetFault) in
      try schema.item(node, parent)
    }
  }

  /// A leaf or a struct, whatever its annotation and repetition.
  private mutating func item(_ node: Node, _ parent: Place) throws(ParquetFault) -> ParquetShape {
    let place = parent.entering(node)
    guard node.isGroup else {
      columns.append(
        try ParquetColumn(
          node.element, path: place.path.joined(separator: "."),
          definitionLimit: place.definition, repetitionLimit: place.repetition))
      return .leaf(columns.count - 1)
    }
    let first = columns.count
    let fields = try shapes(node.children, place)
    return .structure(
      fields: fields, leaves: first..<columns.count, presentAt: place.definition)
  }

  private mutating func list(
    presentAt: UInt8, of repeated: Node, _ parent: Place,
    _ element: (inout ParquetSchema) throws(ParquetFault) -> ParquetShape
  ) throws(ParquetFault) -> ParquetShape {
    let place = parent.entering(repeated)
    let first = columns.count
    let element = try element(&self)
    return .list(
      element, leaves: first..<columns.count, presentAt: presentAt, filledAt: place.definition,
      repetition: place.repetition)
  }

  /// The one repeated child of a list or map.
  private func repeatedChild(of node: Node, _ kind: String) throws(ParquetFault) -> Node {
    guard node.children.count == 1, node.children[0].isRepeated, !node.isRepeated else {
      throw ParquetFault(
        unsupported:
          "schema: the \(kind) '\(node.element.name.shown())' must have one repeated child, and not be repeated"
      )
    }
    return node.children[0]
  }

  private mutating func annotatedList(
    _ node: Node, _ parent: Place
  ) throws(ParquetFault) -> ParquetShape {
    let place = parent.entering(node)
    let repeated = try repeatedChild(of: node, "list")
    return try list(presentAt: place.definition, of: repeated, place) {
      schema throws(ParquetFault) in
      let isElement = ["array", node.element.name + "_tuple"].contains(repeated.element.name)
      let inner = repeated.children.first
      guard let inner, repeated.children.count == 1, inner.isRepeated || !isElement else {
        // The repeated node is the element itself: two levels.
        return try schema.item(repeated, place)
      }
      if inner.isRepeated, !repeated.isList {
        throw ParquetFault(
          unsupported:
            "schema: '\(repeated.element.name.shown())' has one repeated child and must be marked as a list"
        )
      }
      return try schema.shape(inner, place.entering(repeated))
    }
  }

  private mutating func map(_ node: Node, _ parent: Place) throws(ParquetFault) -> ParquetShape {
    let place = parent.entering(node)
    let repeated = try repeatedChild(of: node, "map")
    guard (1...2).contains(repeated.children.count), repeated.children[0].element.repetition == 0
    else {
      throw ParquetFault(
        unsupported:
          "schema: the map '\(node.element.name.shown())' must have required keys, and one value for each"
      )
    }
    // A set is written as a map without values.
    if repeated.children.count == 1 { return try annotatedList(node, parent) }
    return try list(presentAt: place.definition, of: repeated, place) {
      schema throws(ParquetFault) in
      let inside = place.entering(repeated)
      let key = try schema.shape(repeated.children[0], inside)
      return .pair(key: key, value: try schema.shape(repeated.children[1], inside))
    }
  }
}
