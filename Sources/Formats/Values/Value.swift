/// A value that documents hold and templates compute with; equality and printing follow Python.
package enum Value: Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case list([Value])
  case tuple([Value])
  case mapping(Mapping)

  /// Python's name of the type, for messages.
  package var typeName: String {
    switch self {
    case .none: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .mapping: "dict"
    }
  }

  /// Python's truth value.
  package var isTrue: Bool {
    switch self {
    case .none: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let value): !value.isEmpty
    case .list(let items), .tuple(let items): !items.isEmpty
    case .mapping(let mapping): !mapping.isEmpty
    }
  }

  /// Whole numbers, with Python's `True == 1`.
  package var integerValue: Int? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .integer(let value): value
    default: nil
    }
  }

  /// Any number as a double.
  package var doubleValue: Double? {
    if case .float(let value) = self { return value }
    return integerValue.map(Double.init)
  }

  package var stringValue: String? {
    if case .string(let value) = self { return value }
    return nil
  }

  /// The elements of a list or tuple.
  package var items: [Value]? {
    switch self {
    case .list(let items), .tuple(let items): items
    default: nil
    }
  }

  package var mappingValue: Mapping? {
    if case .mapping(let mapping) = self { return mapping }
    return nil
  }

  /// Whether Python accepts the value as a dictionary key.
  package var isHashable: Bool {
    switch self {
    case .list, .mapping: false
    case .tuple(let items): items.allSatisfy(\.isHashable)
    default: true
    }
  }
}

extension Value: Hashable {
  /// Python's `==`: numbers compare by value across types, strings by code points.
  package static func == (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.none, .none): true
    case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      left == right
    case (.mapping(let left), .mapping(let right)): left == right
    default:
      if let left = left.integerValue, let right = right.integerValue {
        left == right
      } else if let left = left.doubleValue, let right = right.doubleValue {
        left == right
      } else {
        false
      }
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .none: hasher.combine(0)
    // Equal numbers of any type have equal hashes.
    case .bool, .integer: hasher.combine(integerValue ?? 0)
    case .float(let value):
      if let whole = Int(exactly: value) { hasher.combine(whole) } else { hasher.combine(value) }
    case .string(let text):
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    case .list(let items), .tuple(let items): hasher.combine(items)
    case .mapping(let mapping): hasher.combine(mapping)
    }
  }
}
