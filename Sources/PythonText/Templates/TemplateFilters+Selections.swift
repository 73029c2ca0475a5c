import Formats

extension TemplateFilters {
  /// Filters that take lists apart.
  static let ofGroups: [String: Filter] = [
    "batch": { value, call in
      guard let size = try call.integer(0, "linecount"), size > 0 else {
        throw TemplateFault("batch takes a number of at least 1")
      }
      let items = try value.elements(call.budget)
      var rows = stride(from: 0, to: items.count, by: min(size, items.count + 1)).map {
        Array(items[$0..<min($0 + min(size, items.count), items.count)])
      }
      if let filler = call.value(1, "fill_with"), filler != .none, let last = rows.last,
        last.count < size
      {
        try call.budget.spend(size - last.count)
        rows[rows.count - 1] += Array(repeating: filler, count: size - last.count)
      }
      return .list(rows.map { .list($0) })
    },
    "slice": { value, call in
      guard let count = try call.integer(0, "slices"), count > 0 else {
        throw TemplateFault("slice takes a number of at least 1")
      }
      try call.budget.spend(count)
      let items = try value.elements(call.budget)
      let (size, longer) = (items.count / count, items.count % count)
      var (slices, start) = ([Value](), 0)
      for index in 0..<count {
        let end = start + size + (index < longer ? 1 : 0)
        var slice = Array(items[start..<end])
        if let filler = call.value(1, "fill_with"), filler != .none, index >= longer {
          slice.append(filler)
        }
        slices.append(.list(slice))
        start = end
      }
      return .list(slices)
    },
    "groupby": { value, call in
      let attribute = try call.required(0, "attribute")
      let isExact = call.value(2, "case_sensitive") ?? .bool(false)
      let missing = call.value(1, "default")
      var items = try value.elements(call.budget)
      let names = try value.attributeValues(attribute, default: missing, call.budget)
      let keys = try Value.list(names).sortKeys(isExact, nil, call.budget)
      let order = try TemplateFault.only {
        try items.indices.sorted { left, right in
          if keys[left] == keys[right] { return left < right }
          return try keys[left].precedes(keys[right])
        }
      }
      var groups: [(name: Value, key: Value, items: [Value])] = []
      for index in order {
        if groups.last?.key == keys[index] {
          groups[groups.count - 1].items.append(items[index])
        } else {
          groups.append((names[index], keys[index], [items[index]]))
        }
      }
      items = groups.map { .tuple([$0.name, .list($0.items)]) }
      return .list(items)
    },
  ]

  static let ofSelections: [String: Filter] = [
    "map": { value, call in
      if call.positional.isEmpty, let attribute = call.value(.max, "attribute") {
        return .list(
          try value.attributeValues(
            attribute, default: call.value(.max, "default"), call.budget))
      }
      let name = try call.requiredString(0)
      guard names.contains(name), name != "attr" else {
        throw TemplateFault("map: unknown filter '\(name.shown())'")
      }
      let arguments = TemplateArguments(
        positional: Array(call.positional.dropFirst()), named: call.named)
      var result: [Value] = []
      for item in try value.elements(call.budget) {
        try call.budget.spend(2)
        result.append(try apply(name, to: item, arguments, call.budget, call.dialect))
      }
      return .list(result)
    },
    "select": { value, call in .list(try selected(value, nil, call, from: 0, keep: true)) },
    "reject": { value, call in .list(try selected(value, nil, call, from: 0, keep: false)) },
    "selectattr": { value, call in
      .list(try selected(value, try call.required(0), call, from: 1, keep: true))
    },
    "rejectattr": { value, call in
      .list(try selected(value, try call.required(0), call, from: 1, keep: false))
    },
  ]

  /// Elements whose truth, or test named by the argument at `first`, is `keep`.
  private static func selected(
    _ value: Value, _ attribute: Value?, _ call: TemplateCall, from first: Int,
    keep: Bool
  ) throws -> [Value] {
    if !call.named.isEmpty { throw TemplateFault("\(call.name)() takes no names") }
    let test = try call.string(first)
    let arguments = Array(call.positional.dropFirst(first + 1))
    var kept: [Value] = []
    for item in try value.elements(call.budget) {
      try call.budget.spend(2)
      let subject = attribute.map { item.attributeValue($0) } ?? item
      let holds: Bool
      if let test, test == "defined" || test == "undefined" {
        holds = (subject != nil) == (test == "defined")
      } else if let subject {
        holds =
          try test.map { try TemplateTests.holds($0, subject, arguments, call.budget) }
          ?? subject.isTrue
      } else {
        guard call.dialect == .chat else { throw TemplateFault("an element lacks the attribute") }
        holds = ["iterable", "sequence", "!=", "ne"].contains(test)
      }
      if holds == keep { kept.append(item) }
    }
    return kept
  }
}
