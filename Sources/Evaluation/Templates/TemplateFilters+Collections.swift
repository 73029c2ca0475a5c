extension TemplateFilters {
  typealias CollectionFilter =
    @Sendable (TemplateValue, TemplateCall) throws -> TemplateValue

  static let ofCollections: [String: CollectionFilter] = [
    "join": { value, call in
      let separator = call.value(0, "d")?.text ?? ""
      let items = try value.attributeValues(call.value(1, "attribute"))
      try String.checkLength(pieces: items.count, of: separator.utf8.count)
      return .string(items.map(\.text).joined(separator: separator))
    },
    "length": length, "count": length,
    "list": { value, _ in .list(try value.elements()) },
    "first": { value, _ in try end(of: value) { $0.first } },
    "last": { value, _ in try end(of: value) { $0.last } },
    "reverse": { value, _ in
      if case .string(let text) = value { return .string(text.reversedScalars) }
      return .list(try value.elements().reversed())
    },
    "items": { value, _ in
      try TemplateMethods.call("items", on: value.asMapping(), TemplateArguments())
    },
    "dictsort": { value, call in
      let mapping = try value.asMapping()
      let pairs = try TemplateMethods.call("items", on: mapping, TemplateArguments())
      return .list(try pairs.sorted(by: call.value(0), attribute: .integer(0)))
    },
    "sort": { value, call in
      // Sorting the reversed list and reversing again keeps equal elements in their order.
      let descends = call.isTrue(0, "reverse")
      let items = TemplateValue.list(
        descends ? try value.elements().reversed() : try value.elements())
      let sorted = try items.sorted(
        by: call.value(1, "case_sensitive"), attribute: call.value(2, "attribute"))
      return .list(descends ? sorted.reversed() : sorted)
    },
    "unique": { value, call in
      var (seen, kept) = ([TemplateValue](), [TemplateValue]())
      let keys = try value.sortKeys(
        call.value(0, "case_sensitive"), call.value(1, "attribute"))
      for (item, key) in zip(try value.elements(), keys) where !seen.contains(key) {
        seen.append(key)
        kept.append(item)
      }
      return .list(kept)
    },
    "min": { value, call in
      try end(of: .list(try value.sorted(by: call.value(0), attribute: call.value(1, "attribute"))))
      { $0.first }
    },
    "max": { value, call in
      // The first of equal largest elements, as Python's `max`.
      let keys = try value.sortKeys(call.value(0), call.value(1, "attribute"))
      let items = try value.elements()
      guard var best = items.indices.first else { throw TemplateFault("max of nothing") }
      for index in items.indices where try keys[best].precedes(keys[index]) { best = index }
      return items[best]
    },
  ]

  private static let length: CollectionFilter = { value, _ in
    .integer(try value.elements().count)
  }

  private static func end(
    of value: TemplateValue, _ pick: ([TemplateValue]) -> TemplateValue?
  ) throws(TemplateFault) -> TemplateValue {
    guard let item = pick(try value.elements()) else { throw TemplateFault("there is no element") }
    return item
  }

  static let ofSelections: [String: CollectionFilter] = [
    "map": { value, call in
      if let attribute = call.value(.max, "attribute") {
        return .list(try value.attributeValues(attribute, default: call.value(.max, "default")))
      }
      let name = try call.requiredString(0)
      guard names.contains(name) else { throw TemplateFault("map: unknown filter '\(name)'") }
      let arguments = TemplateArguments(positional: Array(call.positional.dropFirst()))
      var result: [TemplateValue] = []
      for item in try value.elements() { result.append(try apply(name, to: item, arguments)) }
      return .list(result)
    },
    "select": { value, call in
      .list(try selected(value, nil, call, from: 0, keep: true))
    },
    "reject": { value, call in
      .list(try selected(value, nil, call, from: 0, keep: false))
    },
    "selectattr": { value, call in
      .list(try selected(value, try call.required(0), call, from: 1, keep: true))
    },
    "rejectattr": { value, call in
      .list(try selected(value, try call.required(0), call, from: 1, keep: false))
    },
  ]

  /// Elements whose truth, or test named by the argument at `first`, is `keep`.
  private static func selected(
    _ value: TemplateValue, _ attribute: TemplateValue?, _ call: TemplateCall, from first: Int,
    keep: Bool
  ) throws -> [TemplateValue] {
    let test = try call.string(first)
    let arguments = Array(call.positional.dropFirst(first + 1))
    var kept: [TemplateValue] = []
    for item in try value.elements() {
      let subject = attribute.map { item.attributeValue($0) } ?? item
      let holds: Bool
      if let test, test == "defined" || test == "undefined" {
        holds = (subject != nil) == (test == "defined")
      } else {
        guard let subject else { throw TemplateFault("an element lacks the attribute") }
        holds = try test.map { try TemplateTests.holds($0, subject, arguments) } ?? subject.isTrue
      }
      if holds == keep { kept.append(item) }
    }
    return kept
  }
}

extension TemplateValue {
  fileprivate func asMapping() throws(TemplateFault) -> TemplateValue {
    guard case .mapping = self else { throw TemplateFault("expected a dict, not a \(typeName)") }
    return self
  }

  /// The element called `attribute`, which may be dotted or a whole number.
  func attributeValue(_ attribute: TemplateValue) -> TemplateValue? {
    var value = self
    let steps = attribute.stringValue?.split(codePointsOf: ".").map { TemplateValue.string($0) }
    for step in steps ?? [attribute] {
      let key = step.stringValue.flatMap { Int($0) }.map { TemplateValue.integer($0) } ?? step
      guard case .value(let next)? = try? value.element(key) else { return nil }
      value = next
    }
    return value
  }

  /// Each element, or each element's attribute.
  func attributeValues(
    _ attribute: TemplateValue?, default missing: TemplateValue? = nil
  ) throws(TemplateFault) -> [TemplateValue] {
    guard let attribute, attribute != .none else { return try elements() }
    var result: [TemplateValue] = []
    for item in try elements() {
      guard let value = item.attributeValue(attribute) ?? missing else {
        throw TemplateFault("a \(item.typeName) element has no attribute '\(attribute.text)'")
      }
      result.append(value)
    }
    return result
  }

  /// What elements are sorted by; letter case is ignored unless `caseSensitive`.
  fileprivate func sortKeys(
    _ caseSensitive: TemplateValue?, _ attribute: TemplateValue?
  ) throws(TemplateFault) -> [TemplateValue] {
    let keys = try attributeValues(attribute)
    if caseSensitive?.isTrue == true { return keys }
    return keys.map { $0.stringValue.map { .string($0.lowercasedAsPython) } ?? $0 }
  }

  /// Elements in ascending order, equal ones in their original order.
  fileprivate func sorted(
    by caseSensitive: TemplateValue?, attribute: TemplateValue?
  ) throws(TemplateFault) -> [TemplateValue] {
    let items = try elements()
    let keys = try sortKeys(caseSensitive, attribute)
    return try TemplateFault.only {
      try items.indices.sorted { left, right in
        if keys[left] == keys[right] { return left < right }
        return try keys[left].precedes(keys[right])
      }.map { items[$0] }
    }
  }
}
