/// A Python dictionary: keys of any hashable kind, in the order in which they were first set.
package struct Mapping: Sendable {
  package private(set) var keys: [Value] = []
  package private(set) var values: [Value] = []
  /// Positions of the keys, kept only for mappings too large for a linear search.
  private var positions: [Value: Int] = [:]
  private static let linearSearchLimit = 16

  package init() {}

  package init(_ pairs: [(String, Value)]) {
    for (name, value) in pairs { self[.string(name)] = value }
  }

  /// The same keys with other values, as many; the keys are not stored again.
  package func with(values: [Value]) -> Mapping {
    precondition(values.count == keys.count, "a value for each key")
    var mapping = self
    mapping.values = values
    return mapping
  }

  package var count: Int { keys.count }
  package var isEmpty: Bool { keys.isEmpty }

  /// Setting `nil` leaves the mapping as it is: nothing here deletes.
  package subscript(key: Value) -> Value? {
    get { position(of: key).map { values[$0] } }
    set {
      guard let newValue else { return }
      if let position = position(of: key) {
        values[position] = newValue
      } else {
        append(key, newValue)
      }
    }
  }

  package subscript(name: String) -> Value? { self[.string(name)] }

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
