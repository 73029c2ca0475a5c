/// A Python dictionary: keys of any hashable kind, in the order in which they were first set.
package struct Mapping: Sendable {
  package private(set) var keys: [Value] = []
  package private(set) var values: [Value] = []
  /// Positions of the keys, kept only for mappings too large for a linear search.
  private var positions: [Value: Int] = [:]
  private static let linearSearchLimit = 16

  package init() {}

  package init(_ pairs: [(String, Value)]) {
    for (name, value) in pairs { set(.string(name), value) }
  }

  /// The same keys with other values, as many; the keys are not stored again.
  package func with(values: [Value]) -> Mapping {
    precondition(values.count == keys.count, "a value for each key")
    var mapping = self
    mapping.values = values
    return mapping
  }

  /// The keys that are texts, which in JSON all are.
  package var names: [String] { keys.compactMap(\.string) }

  package var count: Int { keys.count }
  package var isEmpty: Bool { keys.isEmpty }

  /// The value of `key`; setting nil removes it.
  package subscript(key: Value) -> Value? {
    get { position(of: key).map { values[$0] } }
    set { if let newValue { set(key, newValue) } else { remove(key) } }
  }

  package subscript(name: String) -> Value? {
    get { self[.string(name)] }
    set { self[.string(name)] = newValue }
  }

  /// Adds a value, or replaces the one that is there.
  ///
  /// - Returns: whether the key is new.
  @discardableResult
  package mutating func set(_ key: Value, _ value: Value) -> Bool {
    guard let position = position(of: key) else {
      append(key, value)
      return true
    }
    values[position] = value
    return false
  }

  private mutating func remove(_ key: Value) {
    guard let position = position(of: key) else { return }
    keys.remove(at: position)
    values.remove(at: position)
    if !positions.isEmpty {
      positions = [:]
      for (position, key) in keys.enumerated() { positions[key] = position }
    }
  }

  private func position(of key: Value) -> Int? {
    positions.isEmpty ? keys.firstIndex(of: key) : positions[key]
  }

  private mutating func append(_ key: Value, _ value: Value) {
    keys.append(key)
    values.append(value)
    if !positions.isEmpty {
      positions[key] = keys.count - 1
    } else if keys.count > Self.linearSearchLimit {
      for (position, key) in keys.enumerated() { positions[key] = position }
    }
  }
}

extension Mapping: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral members: (String, Value)...) { self.init(members) }
}

extension Mapping: Hashable {
  /// Python's `==`: the order of keys does not matter.
  package static func == (left: Mapping, right: Mapping) -> Bool {
    left.count == right.count
      && zip(left.keys, left.values).allSatisfy { right[$0] == $1 }
  }

  /// Nor does it matter to the hash.
  package func hash(into hasher: inout Hasher) {
    var all = 0
    for (key, value) in zip(keys, values) {
      var entry = Hasher()
      entry.combine(key)
      entry.combine(value)
      all ^= entry.finalize()
    }
    hasher.combine(all)
  }
}
