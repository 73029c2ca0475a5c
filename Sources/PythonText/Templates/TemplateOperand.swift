import Formats

/// What an expression yields before anyone insists on a value.
enum TemplateOperand {
  case value(Value)
  /// Nothing, and why; an error as soon as it is printed or computed with.
  case undefined(String)
  /// An inline `if` without `else` whose condition is false: undefined, yet Jinja prints it as
  /// nothing.
  case blank
  case method(Value, String)
  case function(String)
  case macro(TemplateClosure)
  case namespace(TemplateNamespace)
  /// The variable `loop`.
  case loop(TemplateLoopState)
  /// `loop.cycle`, `loop.changed`
  case loopMethod(TemplateLoopState, String)
  case counter(TemplateCounter)
  /// `cycler.next`, `cycler.reset`
  case counterMethod(TemplateCounter, String)

  var isUndefined: Bool {
    switch self {
    case .undefined, .blank: true
    default: false
    }
  }

  /// What it is called in messages, where it is no value.
  var description: String {
    switch self {
    case .value, .undefined, .blank: "a value"
    case .method(_, let name), .function(let name), .loopMethod(_, let name),
      .counterMethod(_, let name):
      "'\(name)' is a function: call it with '()'; a function"
    case .macro(let closure): "the macro '\(closure.macro.name)'"
    case .namespace: "a namespace"
    case .loop: "the variable 'loop'"
    case .counter: "a cycler or joiner"
    }
  }
}

/// `namespace()`: variables that outlive the loop in which they are set.
final class TemplateNamespace {
  var variables: [String: TemplateOperand]

  init(_ variables: [String: TemplateOperand]) { self.variables = variables }
}

/// A macro, or the body of a `call` block, with the variables around its definition.
final class TemplateClosure {
  let macro: TemplateMacro
  /// The outermost variables, which come first in every scope, are not among them.
  let scopes: [[String: TemplateOperand]]

  init(_ macro: TemplateMacro, scopes: [[String: TemplateOperand]]) {
    self.macro = macro
    self.scopes = scopes
  }
}

/// `cycler(…)`, which gives one value after another, and `joiner(…)`, which gives nothing at first.
final class TemplateCounter {
  let items: [Value]
  let isJoiner: Bool
  var position = 0

  init(_ items: [Value], isJoiner: Bool) {
    self.items = items
    self.isJoiner = isJoiner
  }

  var current: Value { items[position] }

  func next() -> Value {
    defer { position = isJoiner ? 1 : (position + 1) % items.count }
    return current
  }
}

/// Where a loop is.
final class TemplateLoopState {
  let loop: TemplateLoop
  let items: [Value]
  var index = 0
  /// Loops of the same statement around this one.
  let depth: Int
  /// Number of scopes around the loop.
  let scopeCount: Int
  /// What `loop.changed` was last called with.
  var last: [Value]?

  init(_ loop: TemplateLoop, items: [Value], depth: Int, scopeCount: Int) {
    self.loop = loop
    self.items = items
    self.depth = depth
    self.scopeCount = scopeCount
  }

  func attribute(_ name: String) -> TemplateOperand {
    let count = items.count
    switch name {
    case "index": return .value(.integer(index + 1))
    case "index0": return .value(.integer(index))
    case "revindex": return .value(.integer(count - index))
    case "revindex0": return .value(.integer(count - index - 1))
    case "first": return .value(.bool(index == 0))
    case "last": return .value(.bool(index == count - 1))
    case "length": return .value(.integer(count))
    case "depth": return .value(.integer(depth + 1))
    case "depth0": return .value(.integer(depth))
    case "previtem":
      return index > 0 ? .value(items[index - 1]) : .undefined("there is no previous item")
    case "nextitem":
      return index < count - 1 ? .value(items[index + 1]) : .undefined("there is no next item")
    case "cycle", "changed": return .loopMethod(self, name)
    default: return .undefined("'loop' has no '\(name)'")
    }
  }
}
