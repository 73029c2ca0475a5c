/// A Python dictionary: keys of any hashable kind, in the order in which they were first set.
package struct TemplateMapping: Sendable {
  package private(set) var keys: [TemplateValue] = []
  package private(set) var values: [TemplateValue] = []
  /// Positions of the keys, kept only for mappings too large for a linear search.
  private var positions: [TemplateValue: Int] = [:]
  private static let linearSearchLimit = 16

  package init() {}

  package init(_ pairs: [(String, TemplateValue)]) {
    for (name, value) in pairs { self[.string(name)] = value }
  }

  package var count: Int { keys.count }
  package var isEmpty: Bool { keys.isEmpty }

  /// Setting `nil` leaves the mapping as it is: nothing here deletes.
  package subscript(key: TemplateValue) -> TemplateValue? {
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

  package subscript(name: String) -> TemplateValue? { self[.string(name)] }

  private func position(of key: TemplateValue) -> Int? {
    positions.isEmpty ? keys.firstIndex(of: key) : positions[key]
  }

  private mutating func append(_ key: TemplateValue, _ value: TemplateValue) {
    keys.append(key)
    values.append(value)
    if !positions.isEmpty {
      positions[key] = keys.count - 1
    } else if keys.count > Self.linearSearchLimit {
      for (position, key) in keys.enumerated() { positions[key] = position }
    }
  }
}

extension TemplateMapping: Hashable {
  /// Python's `==`: the order of keys does not matter.
  package static func == (left: TemplateMapping, right: TemplateMapping) -> Bool {
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
