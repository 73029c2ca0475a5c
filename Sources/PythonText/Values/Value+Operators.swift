import Formats
import Foundation

extension Value {
  /// Longest string or list that an operator or `range` may make.
  static let sizeLimit = 1 << 24

  /// What a loop goes through: elements, keys or code points.
  func elements(_ budget: TemplateBudget) throws(TemplateFault) -> [Value] {
    switch self {
    case .list(let items), .tuple(let items): return items
    case .mapping(let mapping): return mapping.keys
    case .string(let text):
      try budget.spend(text.utf8.count)
      return text.unicodeScalars.map { .string(String($0)) }
    default: throw TemplateFault("a \(typeName) has no elements")
    }
  }

  var hasElements: Bool { stringValue != nil || items != nil || mappingValue != nil }

  /// `value.name`: a method, else a key of a dictionary.
  func attribute(_ name: String) -> TemplateOperand {
    if TemplateMethods.exists(name, on: self) { return .method(self, name) }
    if case .mapping(let mapping) = self, let value = mapping[name] { return .value(value) }
    // What `groupby` makes.
    if case .tuple(let parts) = self, parts.count == 2, parts[1].items != nil {
      if name == "grouper" { return .value(parts[0]) }
      if name == "list" { return .value(parts[1]) }
    }
    return .undefined("'\(typeName) object' has no attribute '\(name.shown())'")
  }

  /// `value[key]`
  func element(_ key: Value) throws(TemplateFault) -> TemplateOperand {
    switch (self, key) {
    case (.mapping(let mapping), _):
      if let value = mapping[key] { return .value(value) }
      return key.stringValue.map(attribute)
        ?? .undefined("the dictionary has no key \(key.representation.shown())")
    case (.list, _), (.tuple, _), (.string, _):
      if let name = key.stringValue { return attribute(name) }
      guard let index = key.integerValue else {
        throw TemplateFault("a \(typeName) is indexed by a whole number, not a \(key.typeName)")
      }
      if case .string(let text) = self {
        return text.scalar(at: index).map { .value(.string(String($0))) }
          ?? Self.outOfRange(index, text.unicodeScalars.count)
      }
      let items = items ?? []
      let position = index < 0 ? index + items.count : index
      return items.indices.contains(position)
        ? .value(items[position]) : Self.outOfRange(index, items.count)
    default: return .undefined("a \(typeName) has no elements")
    }
  }

  private static func outOfRange(_ index: Int, _ count: Int) -> TemplateOperand {
    .undefined("index \(index) is out of range: there are \(count) elements")
  }

  /// `value[start:stop:step]`, clamped like Python's.
  func slice(
    start: Value?, stop: Value?, step: Value?
  ) throws(TemplateFault) -> Value {
    func bound(_ value: Value?) throws(TemplateFault) -> Int? {
      guard let value, value != .none else { return nil }
      guard let bound = value.integerValue else {
        throw TemplateFault("a slice is bounded by whole numbers, not a \(value.typeName)")
      }
      return bound
    }
    let (start, stop, step) = (try bound(start), try bound(stop), try bound(step) ?? 1)
    if step == 0 { throw TemplateFault("the step of a slice cannot be 0") }
    switch self {
    case .string(let text):
      let scalars = Array(text.unicodeScalars)
      return .string(String(scalars: Self.picked(scalars, start, stop, step)))
    case .list(let items): return .list(Array(Self.picked(items, start, stop, step)))
    case .tuple(let items): return .tuple(Array(Self.picked(items, start, stop, step)))
    case .mapping: throw TemplateFault("a dict cannot be sliced")
    default: throw TemplateFault("a \(typeName) has no elements")
    }
  }

  private static func picked<Element>(
    _ items: [Element], _ start: Int?, _ stop: Int?, _ step: Int
  ) -> ArraySlice<Element> {
    let count = items.count
    let (low, high) = step > 0 ? (0, count) : (-1, count - 1)
    func clamp(_ value: Int?, _ missing: Int) -> Int {
      guard let value else { return missing }
      return min(max(value < 0 ? value + count : value, low), high)
    }
    let first = clamp(start, step > 0 ? low : high)
    let end = clamp(stop, step > 0 ? high : low)
    if step == 1 { return first < end ? items[first..<end] : [] }
    // A longer step goes no further.
    let bounded = min(max(step, -count - 1), count + 1)
    return ArraySlice(stride(from: first, to: end, by: bounded).map { items[$0] })
  }

  /// `-value` or `+value`
  func signed(_ operation: String) throws(TemplateFault) -> Value {
    if let value = integerValue, value != .min {
      return .integer(operation == "-" ? -value : value)
    }
    if let value = doubleValue { return .float(operation == "-" ? -value : value) }
    throw TemplateFault("bad operand type for '\(operation)': \(typeName)")
  }

  /// `self operation right` for `+ - * / // % **`.
  func combined(
    _ operation: String, _ right: Value, _ budget: TemplateBudget
  ) throws(TemplateFault) -> Value {
    if let left = integerValue, let right = right.integerValue {
      return try Self.combineIntegers(operation, left, right)
    }
    if let left = doubleValue, let right = right.doubleValue {
      return .float(try Self.combineFloats(operation, left, right))
    }
    switch (operation, self, right) {
    case ("+", .string(let left), .string(let right)):
      try budget.copied(bytes: left.utf8.count + right.utf8.count)
      return .string(left + right)
    case ("+", .list(let left), .list(let right)):
      try budget.spend(1 + (left.count + right.count) / 8)
      return .list(left + right)
    case ("+", .tuple(let left), .tuple(let right)):
      try budget.spend(1 + (left.count + right.count) / 8)
      return .tuple(left + right)
    case ("*", _, _):
      if let count = right.integerValue { return try repeated(count, budget) }
      if let count = integerValue { return try right.repeated(count, budget) }
    case ("%", .string(let format), _):
      try budget.read(self)
      try budget.read(right)
      return .string(try PythonFormat.text(format, right))
    default: break
    }
    throw TemplateFault(
      "'\(operation)' does not work between \(typeName) and \(right.typeName)"
        + (operation == "+" ? "; use '~' to join as text" : ""))
  }

  private func repeated(
    _ count: Int, _ budget: TemplateBudget
  ) throws(TemplateFault) -> Value {
    let count = max(0, count)
    let size = stringValue?.utf8.count ?? items?.count ?? 0
    let (total, overflows) = size.multipliedReportingOverflow(by: count)
    guard !overflows, total <= Self.sizeLimit else {
      throw TemplateFault("the repetition is longer than \(Self.sizeLimit) elements")
    }
    try budget.spend(1 + total / (stringValue == nil ? 8 : 256))
    switch self {
    case .string(let text): return .string(Self.repeating(text, size == 0 ? 0 : count))
    case .list(let items): return .list(Self.repeating(items, count))
    case .tuple(let items): return .tuple(Self.repeating(items, count))
    default: throw TemplateFault("a \(typeName) cannot be repeated")
    }
  }

  /// As `String(repeating:count:)`, which appends one at a time.
  private static func repeating(_ text: String, _ count: Int) -> String {
    var (result, power, left) = ("", text, count)
    result.reserveCapacity(text.utf8.count * count)
    while left > 0 {
      if left & 1 == 1 { result += power }
      left >>= 1
      if left > 0 { power += power }
    }
    return result
  }

  private static func repeating(_ items: [Value], _ count: Int) -> [Value] {
    items.isEmpty ? [] : (0..<count).flatMap { _ in items }
  }

  private static func combineIntegers(
    _ operation: String, _ left: Int, _ right: Int
  ) throws(TemplateFault) -> Value {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case "+": result = left.addingReportingOverflow(right)
    case "-": result = left.subtractingReportingOverflow(right)
    case "*": result = left.multipliedReportingOverflow(by: right)
    case "**" where right >= 0: result = power(left, right)
    case "/", "**": return .float(try combineFloats(operation, Double(left), Double(right)))
    default:
      if right == 0 { throw TemplateFault("division by zero") }
      let division = left.dividedReportingOverflow(by: right)
      let remainder = left.remainderReportingOverflow(dividingBy: right).partialValue
      let rounds = remainder != 0 && (remainder < 0) != (right < 0)
      result =
        operation == "//"
        ? (division.partialValue - (rounds ? 1 : 0), division.overflow)
        : (remainder + (rounds ? right : 0), false)
    }
    if result.overflow { throw TemplateFault("the result of '\(operation)' exceeds 64 bits") }
    return .integer(result.partialValue)
  }

  private static func power(_ base: Int, _ exponent: Int) -> (partialValue: Int, overflow: Bool) {
    if base == 0 || base == 1 { return (exponent == 0 ? 1 : base, false) }
    if base == -1 { return (exponent.isMultiple(of: 2) ? 1 : -1, false) }
    var result = 1
    // Beyond 63 factors of at least 2 the product has overflowed anyway.
    for _ in 0..<min(exponent, 64) {
      let product = result.multipliedReportingOverflow(by: base)
      if product.overflow { return product }
      result = product.partialValue
    }
    return (result, false)
  }

  private static func combineFloats(
    _ operation: String, _ left: Double, _ right: Double
  ) throws(TemplateFault) -> Double {
    if right == 0, ["/", "//", "%"].contains(operation) { throw TemplateFault("division by zero") }
    switch operation {
    case "+": return left + right
    case "-": return left - right
    case "*": return left * right
    case "/": return left / right
    case "//": return (left / right).rounded(.down)
    case "%":
      let remainder = left.truncatingRemainder(dividingBy: right)
      return remainder != 0 && (remainder < 0) != (right < 0) ? remainder + right : remainder
    default: return pow(left, right)
    }
  }

  /// `self operation right` for comparisons and membership.
  func compares(
    _ operation: String, _ right: Value, _ budget: TemplateBudget
  ) throws(TemplateFault) -> Bool {
    try budget.read(self)
    if case .mapping(let mapping) = right, operation.hasSuffix("in") {
      return (mapping[self] != nil) == (operation == "in")
    }
    try budget.read(right)
    switch operation {
    case "==": return self == right
    case "!=": return self != right
    case "in": return try right.contains(self)
    case "not in": return try !right.contains(self)
    case "<": return try precedes(right)
    case ">": return try right.precedes(self)
    case "<=": return self == right ? true : try precedes(right)
    default: return self == right ? true : try right.precedes(self)
    }
  }

  private func contains(_ element: Value) throws(TemplateFault) -> Bool {
    if case .string(let text) = self {
      guard let part = element.stringValue else {
        throw TemplateFault("only a str can be looked for in a str, not a \(element.typeName)")
      }
      return text.contains(codePointsOf: part)
    }
    guard let items else { throw TemplateFault("a \(typeName) has no elements") }
    return items.contains(element)
  }

  /// Python's `<`.
  func precedes(_ right: Value) throws(TemplateFault) -> Bool {
    if let left = integerValue, let right = right.integerValue { return left < right }
    if let left = doubleValue, let right = right.doubleValue { return left < right }
    switch (self, right) {
    case (.string(let left), .string(let right)):
      return left.utf8.lexicographicallyPrecedes(right.utf8)
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      for (left, right) in zip(left, right) where left != right {
        return try left.precedes(right)
      }
      return left.count < right.count
    default: throw TemplateFault("cannot compare \(typeName) with \(right.typeName)")
    }
  }
}

extension String {
  /// The code point at `position`, counted from the end when negative.
  func scalar(at position: Int) -> Unicode.Scalar? {
    let scalars = unicodeScalars
    let (start, limit) =
      position < 0
      ? (scalars.endIndex, scalars.startIndex) : (scalars.startIndex, scalars.endIndex)
    guard let index = scalars.index(start, offsetBy: position, limitedBy: limit),
      index < scalars.endIndex
    else { return nil }
    return scalars[index]
  }
}
