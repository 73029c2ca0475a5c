import Formats

extension TemplateFilters {
  static let ofCollections: [String: Filter] = [
    "join": { value, call in
      let separator = call.value(0, "d")?.text ?? ""
      let items = try value.attributeValues(call.value(1, "attribute"), call.budget)
      try String.checkLength(pieces: items.count, of: separator.utf8.count)
      return .string(items.map(\.text).joined(separator: separator))
    },
    "length": length, "count": length,
    "list": { value, call in .list(try value.elements(call.budget)) },
    "first": { value, call in
      if case .string(let text) = value, let first = text.unicodeScalars.first {
        return .string(String(first))
      }
      return try end(of: value.elements(call.budget)) { $0.first }
    },
    "last": { value, call in
      if case .string(let text) = value, let last = text.unicodeScalars.last {
        return .string(String(last))
      }
      return try end(of: value.elements(call.budget)) { $0.last }
    },
    "reverse": { value, call in
      if case .string(let text) = value { return .string(text.reversedScalars) }
      return .list(try value.elements(call.budget).reversed())
    },
    "items": { value, _ in
      guard let mapping = value.mappingValue else { throw notAMapping(value) }
      return .list(mapping.pairs)
    },
    "dictsort": { value, call in
      guard let mapping = value.mappingValue else { throw notAMapping(value) }
      let by = try call.string(1, "by") ?? "key"
      guard ["key", "value"].contains(by) else {
        throw TemplateFault("dictsort sorts by 'key' or 'value', not '\(by.shown())'")
      }
      return .list(
        try Value.list(mapping.pairs).sorted(
          descends: call.isTrue(2, "reverse"), by: call.value(0, "case_sensitive"),
          attribute: .integer(by == "key" ? 0 : 1), call.budget))
    },
    "sort": { value, call in
      .list(
        try value.sorted(
          descends: call.isTrue(0, "reverse"), by: call.value(1, "case_sensitive"),
          attribute: call.value(2, "attribute"), call.budget))
    },
    "unique": { value, call in
      let keys = try value.sortKeys(
        call.value(0, "case_sensitive"), call.value(1, "attribute"), call.budget)
      var (seen, kept) = (Set<Value>(), [Value]())
      for (item, key) in zip(try value.elements(call.budget), keys) {
        guard key.isHashable else { throw TemplateFault("unique takes no \(key.typeName)") }
        if seen.insert(key).inserted { kept.append(item) }
      }
      return .list(kept)
    },
    "min": { value, call in try extreme(of: value, call) { try $0.precedes($1) } },
    "max": { value, call in try extreme(of: value, call) { try $1.precedes($0) } },
  ]

  private static let length: Filter = { value, call in
    if case .string(let text) = value { return .integer(text.unicodeScalars.count) }
    return .integer(try value.elements(call.budget).count)
  }

  private static func notAMapping(_ value: Value) -> TemplateFault {
    TemplateFault("expected a dict, not a \(value.typeName)")
  }

  private static func end(
    of items: [Value], _ pick: ([Value]) -> Value?
  ) throws(TemplateFault) -> Value {
    guard let item = pick(items) else { throw TemplateFault("there is no element") }
    return item
  }

  /// The first of equal extreme elements, as Python's `min` and `max`.
  private static func extreme(
    of value: Value, _ call: TemplateCall,
    _ isBetter: (Value, Value) throws -> Bool
  ) throws -> Value {
    let keys = try value.sortKeys(
      call.value(0, "case_sensitive"), call.value(1, "attribute"), call.budget)
    let items = try value.elements(call.budget)
    guard var best = items.indices.first else { throw TemplateFault("there is no element") }
    for index in items.indices.dropFirst() where try isBetter(keys[index], keys[best]) {
      best = index
    }
    return items[best]
  }
}

extension Mapping {
  /// Tuples of key and value.
  var pairs: [Value] { zip(keys, values).map { .tuple([$0, $1]) } }
}

extension Value {
  /// The element called `attribute`, which may be dotted or a whole number.
  func attributeValue(_ attribute: Value) -> Value? {
    var value = self
    let steps = attribute.stringValue?.split(codePointsOf: ".").map { Value.string($0) }
    for step in steps ?? [attribute] {
      let key = step.stringValue.flatMap { Int($0) }.map { Value.integer($0) } ?? step
      guard case .value(let next)? = try? value.element(key) else { return nil }
      value = next
    }
    return value
  }

  /// Each element, or each element's attribute.
  func attributeValues(
    _ attribute: Value?, default missing: Value? = nil, _ budget: TemplateBudget
  ) throws(TemplateFault) -> [Value] {
    guard let attribute, attribute != .none else { return try elements(budget) }
    var result: [Value] = []
    for item in try elements(budget) {
      try budget.read(attribute)
      guard let value = item.attributeValue(attribute) ?? missing else {
        throw TemplateFault(
          "a \(item.typeName) element has no attribute '\(attribute.text.shown())'")
      }
      result.append(value)
    }
    return result
  }

  /// What elements are sorted by; letter case is ignored unless `caseSensitive`.
  func sortKeys(
    _ caseSensitive: Value?, _ attribute: Value?, _ budget: TemplateBudget
  ) throws(TemplateFault) -> [Value] {
    let isExact = caseSensitive?.isTrue == true
    func key(_ value: Value) -> Value {
      isExact ? value : value.stringValue.map { .string($0.lowercasedAsPython) } ?? value
    }
    guard let names = attribute?.stringValue?.split(codePointsOf: ","), names.count > 1 else {
      return try attributeValues(attribute, budget).map(key)
    }
    // Several attributes with commas between, the first weighing most.
    var columns: [[Value]] = []
    for name in names { columns.append(try attributeValues(.string(name), budget).map(key)) }
    return columns[0].indices.map { row in .tuple(columns.map { $0[row] }) }
  }

  /// Elements in order, equal ones in their original order.
  func sorted(
    descends: Bool = false, by caseSensitive: Value?, attribute: Value?,
    _ budget: TemplateBudget
  ) throws(TemplateFault) -> [Value] {
    let items = try elements(budget)
    let keys = try sortKeys(caseSensitive, attribute, budget)
    return try TemplateFault.only {
      try items.indices.sorted { left, right in
        if keys[left] == keys[right] { return left < right }
        return try descends ? keys[right].precedes(keys[left]) : keys[left].precedes(keys[right])
      }.map { items[$0] }
    }
  }
}
