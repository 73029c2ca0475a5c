/// What an expression yields before anyone insists on a value.
enum TemplateOperand {
  case value(TemplateValue)
  /// Nothing, and why; an error as soon as it is printed or computed with.
  case undefined(String)
  /// An inline `if` without `else` whose condition is false: undefined, yet Jinja prints it as
  /// nothing.
  case blank
  case method(TemplateValue, String)
  case function(String)
  /// The number of a `namespace()`.
  case namespace(Int)
}

/// Runs a parsed template on one document.
final class TemplateEvaluator {
  let document: TemplateMapping
  let dialect: TemplateDialect
  /// Variables set by the template; the innermost loop is last.
  var scopes: [[String: TemplateOperand]] = [[:]]
  /// What `namespace()` has made.
  var namespaces: [[String: TemplateOperand]] = []
  var macros: [String: TemplateMacro] = [:]
  var output = ""
  private var budget: TemplateBudget

  private init(document: TemplateMapping, dialect: TemplateDialect) {
    self.document = document
    self.dialect = dialect
    budget = TemplateBudget(dialect)
  }

  static func render(
    _ nodes: [TemplateNode], document: TemplateMapping, dialect: TemplateDialect
  ) throws(TemplateError) -> String {
    let evaluator = TemplateEvaluator(document: document, dialect: dialect)
    _ = try evaluator.run(nodes)
    return evaluator.output
  }

  // MARK: Bounds

  /// Runs something one level deeper.
  func deeper<Result>(
    _ place: TemplatePlace, _ body: () throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    do { try budget.enter() } catch { throw .evaluation(place, error.message) }
    defer { budget.leave() }
    return try body()
  }

  /// Charges for a value that is made or read through.
  @discardableResult
  func charged(
    _ value: TemplateValue, _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateValue {
    do { try budget.charge(value) } catch { throw .evaluation(place, error.message) }
    return value
  }

  // MARK: Expressions

  /// The value of an expression; nothing is an error that names the columns.
  func value(_ expression: TemplateExpression) throws(TemplateError) -> TemplateValue {
    switch try operand(expression) {
    case .value(let value): return value
    case .blank: return .string("")
    case .undefined where dialect == .chat: return .string("")
    case .undefined(let problem):
      throw .undefined(expression.place, problem, columns: document.keys.map(\.text))
    case .namespace: throw .evaluation(expression.place, "a namespace is no value")
    case .method(_, let name), .function(let name):
      throw .evaluation(expression.place, "'\(name)' is a function: call it with '()'")
    }
  }

  func value(_ expression: TemplateExpression?) throws(TemplateError) -> TemplateValue? {
    guard let expression else { return nil }
    let result: TemplateValue = try value(expression)
    return result
  }

  func values(
    _ expressions: [TemplateExpression]
  ) throws(TemplateError) -> [TemplateValue] {
    var result: [TemplateValue] = []
    for expression in expressions { result.append(try value(expression)) }
    return result
  }

  func values(
    _ arguments: TemplateArguments<TemplateExpression>
  ) throws(TemplateError) -> TemplateArguments<TemplateValue> {
    var result = TemplateArguments<TemplateValue>()
    result.positional = try values(arguments.positional)
    for (name, argument) in arguments.named { result.named.append((name, try value(argument))) }
    return result
  }

  /// Adds the place to what an operation says went wrong.
  func guarded<Result>(
    _ place: TemplatePlace, _ body: () throws(TemplateFault) -> Result
  ) throws(TemplateError) -> Result {
    do { return try body() } catch { throw .evaluation(place, error.message) }
  }

  func operand(
    _ expression: TemplateExpression
  ) throws(TemplateError) -> TemplateOperand {
    try deeper(expression.place) { () throws(TemplateError) in try evaluated(expression) }
  }

  private func evaluated(
    _ expression: TemplateExpression
  ) throws(TemplateError) -> TemplateOperand {
    let place = expression.place
    switch expression.kind {
    case .constant(let value): return .value(value)
    case .name(let name): return lookUp(name)
    case .list(let items): return .value(try charged(.list(values(items)), place))
    case .tuple(let items): return .value(try charged(.tuple(values(items)), place))
    case .mapping(let pairs): return .value(try charged(mapping(pairs), place))
    case .attribute(let owner, let name):
      if case .namespace(let id) = try operand(owner) {
        return namespaces[id][name] ?? .undefined("the namespace has no '\(name)'")
      }
      return try definedValue(owner).attribute(name)
    case .element(let owner, let key):
      let (owner, key) = (try definedValue(owner), try value(key))
      return try guarded(place) { () throws(TemplateFault) in try owner.element(key) }
    case .slice(let owner, let start, let stop, let step):
      return .value(try slice(owner, start, stop, step, place))
    case .call(let callee, let arguments): return try call(callee, arguments, place)
    case .filter(let input, let name, let arguments):
      if dialect == .chat, ["first", "last"].contains(name), try isEmpty(input) {
        return .undefined("there is no element")
      }
      return .value(try charged(filter(input, name, arguments, place), place))
    case .test(let input, let name, let arguments, let negated):
      return .value(.bool(try test(input, name, arguments, place) != negated))
    case .conditional(let condition, let then, let otherwise):
      if try value(condition).isTrue { return try operand(then) }
      return if let otherwise { try operand(otherwise) } else { .blank }
    default: return .value(try compute(expression))
    }
  }

  /// Operators.
  func compute(_ expression: TemplateExpression) throws(TemplateError) -> TemplateValue {
    let place = expression.place
    switch expression.kind {
    case .unary(let operation, let input):
      let input = try value(input)
      return try guarded(place) { () throws(TemplateFault) in try input.signed(operation) }
    case .binary(let operation, let left, let right):
      let (left, right) = (try definedValue(left), try definedValue(right))
      let result = try guarded(place) { () throws(TemplateFault) in
        try left.combined(operation, right)
      }
      return try charged(result, place)
    case .concatenation(let parts):
      return try charged(.string(try values(parts).map(\.text).joined()), place)
    case .comparison(let first, let links):
      if dialect == .chat, let holds = try comparesUndefined(first, links) { return .bool(holds) }
      var left = try value(first)
      for (operation, right) in links {
        let right = try value(right)
        let holds = try guarded(place) { () throws(TemplateFault) in
          try left.compares(operation, right)
        }
        if !holds { return .bool(false) }
        left = right
      }
      return .bool(true)
    case .and(let left, let right):
      let left = try value(left)
      return left.isTrue ? try value(right) : left
    case .or(let left, let right):
      let left = try value(left)
      return left.isTrue ? left : try value(right)
    case .not(let input): return .bool(try !value(input).isTrue)
    default: preconditionFailure("`operand` handles every other kind")
    }
  }

  func lookUp(_ name: String) -> TemplateOperand {
    for scope in scopes.reversed() {
      if let found = scope[name] { return found }
    }
    if let value = document[name] { return .value(value) }
    return TemplateMethods.functions(dialect).contains(name)
      ? .function(name) : .undefined("'\(name)' is undefined")
  }

  func mapping(
    _ pairs: [(key: TemplateExpression, value: TemplateExpression)]
  ) throws(TemplateError) -> TemplateValue {
    var result = TemplateMapping()
    for pair in pairs {
      let key = try value(pair.key)
      guard key.isHashable else {
        throw .evaluation(pair.key.place, "a \(key.typeName) cannot be a dictionary key")
      }
      result[key] = try value(pair.value)
    }
    return .mapping(result)
  }

  func slice(
    _ owner: TemplateExpression, _ start: TemplateExpression?, _ stop: TemplateExpression?,
    _ step: TemplateExpression?, _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateValue {
    let owner = try value(owner)
    let (start, stop, step) = (try value(start), try value(stop), try value(step))
    return try guarded(place) { () throws(TemplateFault) in
      try owner.slice(start: start, stop: stop, step: step)
    }
  }

  private func call(
    _ callee: TemplateExpression, _ arguments: TemplateArguments<TemplateExpression>,
    _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateOperand {
    switch try operand(callee) {
    case .method(let receiver, let name):
      try charged(receiver, place)
      let arguments = try values(arguments)
      let result = try guarded(place) { () throws(TemplateFault) in
        try TemplateMethods.call(name, on: receiver, arguments)
      }
      return .value(try charged(result, place))
    case .function(let name):
      if let macro = macros[name] { return .value(try expand(macro, arguments, place)) }
      if name == "namespace" { return try makeNamespace(arguments) }
      let arguments = try values(arguments)
      let result = try guarded(place) { () throws(TemplateFault) in
        try TemplateMethods.call(name, arguments)
      }
      return .value(try charged(result, place))
    case .undefined(let problem):
      throw .undefined(callee.place, problem, columns: document.keys.map(\.text))
    case .value, .blank, .namespace:
      throw .evaluation(place, "only functions and methods can be called")
    }
  }

  func filter(
    _ input: TemplateExpression, _ name: String,
    _ arguments: TemplateArguments<TemplateExpression>, _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateValue {
    if TemplateFilters.acceptsUndefined.contains(name), try isUndefined(input) {
      return try values(arguments).positional.first ?? .string("")
    }
    let input =
      dialect == .chat && name == "tojson" ? try definedValue(input) : try value(input)
    try charged(input, place)
    let arguments = try values(arguments)
    return try guarded(place) { () throws(TemplateFault) in
      try TemplateFilters.apply(name, to: input, arguments, dialect)
    }
  }

  func isUndefined(_ input: TemplateExpression) throws(TemplateError) -> Bool {
    switch try operand(input) {
    case .undefined, .blank: true
    default: false
    }
  }

  func test(
    _ input: TemplateExpression, _ name: String,
    _ arguments: TemplateArguments<TemplateExpression>, _ place: TemplatePlace
  ) throws(TemplateError) -> Bool {
    let isUndefined = try isUndefined(input)
    if name == "defined" { return !isUndefined }
    if name == "undefined" { return isUndefined }
    // Python asks for the type, which nothing has none of.
    if isUndefined, name == "none" { return false }
    if isUndefined, dialect == .chat {
      return ["iterable", "sequence", "!=", "ne"].contains(name)
    }
    let input = try value(input)
    let arguments = try values(arguments)
    return try guarded(place) { () throws(TemplateFault) in
      try TemplateTests.holds(name, input, arguments.positional)
    }
  }
}
