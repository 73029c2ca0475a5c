import Formats
package import Yams

/// Encodes values as YAML nodes, with numbers as the shortest decimals that round-trip.
///
/// Yams' own encoder writes 15 or 17 digits of a `Double`.
struct NodeEncoder {
  func encode(_ value: some Encodable) throws -> Node {
    let tree = EncodedTree()
    try tree.encode(value, path: [])
    return tree.node
  }
}

extension Node {
  /// The shortest decimal that round-trips.
  package init(_ value: Double) {
    self.init(
      value.isNaN
        ? ".nan" : value.isInfinite ? (value < 0 ? "-.inf" : ".inf") : NumberText.shortest(value))
  }
}

/// What has been encoded so far; containers are filled after they are requested.
private final class EncodedTree {
  enum Content {
    case scalar(Node)
    case list([EncodedTree])
    case mapping([(key: String, value: EncodedTree)])
  }

  var content = Content.mapping([])

  var node: Node {
    switch content {
    case .scalar(let node): node
    case .list(let items): Node(items.map(\.node), .implicit, .flow)
    case .mapping(let entries): Node(entries.map { (Node($0.key), $0.value.node) })
    }
  }

  func encode<Value: Encodable>(_ value: Value, path: [any CodingKey]) throws {
    switch value {
    case let number as Double: content = .scalar(Node(number))
    case let number as Float:
      content = .scalar(
        number.isFinite ? Node(NumberText.shortest(number)) : Node(Double(number)))
    case let scalar as any ScalarRepresentable: content = .scalar(.scalar(scalar.represented()))
    default: try value.encode(to: TreeEncoder(tree: self, codingPath: path))
    }
  }

  func append() -> EncodedTree {
    let child = EncodedTree()
    if case .list(let items) = content { content = .list(items + [child]) }
    return child
  }

  func set(_ key: String) -> EncodedTree {
    let child = EncodedTree()
    if case .mapping(let entries) = content {
      content = .mapping(entries.filter { $0.key != key } + [(key, child)])
    }
    return child
  }
}

private struct TreeEncoder: Encoder {
  let tree: EncodedTree
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .mapping = tree.content {} else { tree.content = .mapping([]) }
    return KeyedEncodingContainer(MappingContainer<Key>(tree: tree, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    tree.content = .list([])
    return ListContainer(tree: tree, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    ScalarContainer(tree: tree, codingPath: codingPath)
  }
}

private struct MappingContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let tree: EncodedTree
  let codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) { tree.set(key.stringValue).content = .scalar(Node("null")) }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try tree.set(key.stringValue).encode(value, path: codingPath + [key])
  }

  private func encoder(_ key: any CodingKey) -> TreeEncoder {
    TreeEncoder(tree: tree.set(key.stringValue), codingPath: codingPath + [key])
  }

  func nestedContainer<NestedKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> { encoder(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder(key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { encoder(PlainKey(stringValue: "super")) }
  func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
}

private struct ListContainer: UnkeyedEncodingContainer {
  let tree: EncodedTree
  let codingPath: [any CodingKey]
  private(set) var count = 0

  mutating func encodeNil() { next().tree.content = .scalar(Node("null")) }

  mutating func encode<Value: Encodable>(_ value: Value) throws {
    let encoder = next()
    try encoder.tree.encode(value, path: encoder.codingPath)
  }

  private mutating func next() -> TreeEncoder {
    defer { count += 1 }
    return TreeEncoder(tree: tree.append(), codingPath: codingPath + [PlainKey(intValue: count)])
  }

  mutating func nestedContainer<NestedKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> { next().container(keyedBy: type) }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    next().unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder { next() }
}

private struct ScalarContainer: SingleValueEncodingContainer {
  let tree: EncodedTree
  let codingPath: [any CodingKey]

  func encodeNil() { tree.content = .scalar(Node("null")) }

  func encode<Value: Encodable>(_ value: Value) throws { try tree.encode(value, path: codingPath) }
}

private struct PlainKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) { (self.stringValue, intValue) = (stringValue, nil) }
  init(intValue: Int) { (stringValue, self.intValue) = ("\(intValue)", intValue) }
}
