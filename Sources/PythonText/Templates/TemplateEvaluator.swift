import Formats

/// Runs a parsed template on one document.
final class TemplateEvaluator {
  let document: Mapping
  let dialect: TemplateDialect
  /// Variables set by the template; the innermost block is last.
  var scopes: [[String: TemplateOperand]] = [[:]]
  var output = ""
  /// What the blocks around have written, for their filters.
  var bodies: [Value] = []
  let budget = TemplateBudget()

  private init(document: Mapping, dialect: TemplateDialect) {
    self.document = document
    self.dialect = dialect
  }

  static func render(
    _ nodes: [TemplateNode], document: Mapping, dialect: TemplateDialect
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

  /// Adds the place to what an operation says went wrong.
  func guarded<Result>(
    _ place: TemplatePlace, _ body: () throws(TemplateFault) -> Result
  ) throws(TemplateError) -> Result {
    do { return try body() } catch { throw .evaluation(place, error.message) }
  }

  /// Charges for a value that was put together.
  func made(
    _ value: Value, _ place: TemplatePlace
  ) throws(TemplateError) -> Value {
    do { try budget.made(value) } catch { throw .evaluation(place, error.message) }
    return value
  }

  /// Charges for a value that is read through.
  func read(_ value: Value, _ place: TemplatePlace) throws(TemplateError) {
    do { try budget.read(value) } catch { throw .evaluation(place, error.message) }
  }

  // MARK: Values

  /// The value of an expression; nothing is an error that names the columns.
  func value(_ expression: TemplateExpression) throws(TemplateError) -> Value {
    try settled(operand(expression), expression.place)
  }

  func value(_ expression: TemplateExpression?) throws(TemplateError) -> Value? {
    guard let expression else { return nil }
    let result: Value = try value(expression)
    return result
  }

  /// The value that an expression has yielded.
  func settled(
    _ operand: TemplateOperand, _ place: TemplatePlace
  ) throws(TemplateError) -> Value {
    switch operand {
    case .value(let value): return value
    case .blank: return .string("")
    case .undefined where dialect == .chat: return .string("")
    case .undefined(let problem): throw undefined(problem, place)
    default: throw .evaluation(place, "\(operand.description) is no value")
    }
  }

  /// A value that must be there: attributes, indices and arithmetic do not work on nothing.
  func defined(
    _ operand: TemplateOperand, _ place: TemplatePlace
  ) throws(TemplateError) -> Value {
    switch operand {
    case .undefined(let problem): throw undefined(problem, place)
    case .blank where dialect == .chat:
      throw .evaluation(place, "the condition is false and there is no 'else'")
    default: return try settled(operand, place)
    }
  }

  func definedValue(_ expression: TemplateExpression) throws(TemplateError) -> Value {
    try defined(operand(expression), expression.place)
  }

  private func undefined(_ problem: String, _ place: TemplatePlace) -> TemplateError {
    .undefined(place, problem, columns: document.keys.map(\.text))
  }

  /// Python's truth value; what is no value is true.
  func holds(_ expression: TemplateExpression) throws(TemplateError) -> Bool {
    let operand = try operand(expression)
    switch operand {
    case .namespace, .macro, .loop, .counter, .function, .method, .loopMethod, .counterMethod:
      return true
    default: return try settled(operand, expression.place).isTrue
    }
  }

  func values(
    _ expressions: [TemplateExpression]
  ) throws(TemplateError) -> [Value] {
    var result: [Value] = []
    for expression in expressions { result.append(try value(expression)) }
    return result
  }

  func values(
    _ arguments: TemplateArguments<TemplateExpression>
  ) throws(TemplateError) -> TemplateArguments<Value> {
    var result = TemplateArguments<Value>()
    result.positional = try values(arguments.positional)
    for (name, argument) in arguments.named { result.named.append((name, try value(argument))) }
    return result
  }

  // MARK: Expressions

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
    case .body: return .value(bodies.last ?? .string(""))
    case .list(let items): return .value(try made(.list(values(items)), place))
    case .tuple(let items): return .value(try made(.tuple(values(items)), place))
    case .mapping(let pairs): return .value(try made(mapping(pairs), place))
    case .attribute(let owner, let name): return try attribute(owner, name)
    case .element(let owner, let key): return try element(owner, key, place)
    case .slice(let owner, let start, let stop, let step):
      return .value(try slice(owner, start, stop, step, place))
    case .call(let callee, let arguments): return try call(callee, arguments, place)
    case .filter(let input, let name, let arguments):
      return try filter(input, name, arguments, place)
    case .test(let input, let name, let arguments, let negated):
      return .value(.bool(try test(input, name, arguments, place) != negated))
    case .conditional(let condition, let then, let otherwise):
      if try holds(condition) { return try operand(then) }
      return if let otherwise { try operand(otherwise) } else { .blank }
    default: return .value(try compute(expression))
    }
  }

  func lookUp(_ name: String) -> TemplateOperand {
    for scope in scopes.reversed() {
      if let found = scope[name] { return found }
    }
    if let value = document[name] { return .value(value) }
    return TemplateMethods.functions(dialect).contains(name)
      ? .function(name) : .undefined("'\(name.shown())' is undefined")
  }

  private func attribute(
    _ owner: TemplateExpression, _ name: String
  ) throws(TemplateError) -> TemplateOperand {
    let operand = try operand(owner)
    switch operand {
    case .namespace(let namespace):
      return namespace.variables[name] ?? .undefined("the namespace has no '\(name.shown())'")
    case .loop(let state): return state.attribute(name)
    case .macro(let closure) where name == "name": return .value(.string(closure.macro.name))
    case .counter(let counter) where !counter.isJoiner:
      if name == "current" { return .value(counter.current) }
      if name == "next" || name == "reset" { return .counterMethod(counter, name) }
      return .undefined("a cycler has no '\(name.shown())'")
    default: return try defined(operand, owner.place).attribute(name)
    }
  }

  private func element(
    _ owner: TemplateExpression, _ key: TemplateExpression, _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateOperand {
    let (owner, key) = (try definedValue(owner), try value(key))
    return try guarded(place) { () throws(TemplateFault) in
      if let text = owner.stringValue, let index = key.integerValue {
        try budget.spend(Int(min(index.magnitude, UInt(text.utf8.count))) / 16)
      } else if case .mapping = owner {
        try budget.read(key)
      }
      return try owner.element(key)
    }
  }

  private func mapping(
    _ pairs: [(key: TemplateExpression, value: TemplateExpression)]
  ) throws(TemplateError) -> Value {
    var result = Mapping()
    for pair in pairs {
      let key = try value(pair.key)
      guard key.isHashable else {
        throw .evaluation(pair.key.place, "a \(key.typeName) cannot be a dictionary key")
      }
      result[key] = try value(pair.value)
    }
    return .mapping(result)
  }

  private func slice(
    _ owner: TemplateExpression, _ start: TemplateExpression?, _ stop: TemplateExpression?,
    _ step: TemplateExpression?, _ place: TemplatePlace
  ) throws(TemplateError) -> Value {
    let owner = try value(owner)
    let (start, stop, step) = (try value(start), try value(stop), try value(step))
    return try guarded(place) { () throws(TemplateFault) in
      try budget.spend((owner.stringValue?.utf8.count ?? 0) / 16)
      let result = try owner.slice(start: start, stop: stop, step: step)
      try budget.spend((result.items?.count ?? 0) / 8)
      return result
    }
  }

  /// Operators.
  private func compute(_ expression: TemplateExpression) throws(TemplateError) -> Value {
    let place = expression.place
    switch expression.kind {
    case .unary(let operation, let input):
      let input = try value(input)
      return try guarded(place) { () throws(TemplateFault) in try input.signed(operation) }
    case .binary(let operation, let left, let right):
      let (left, right) = (try definedValue(left), try definedValue(right))
      return try guarded(place) { () throws(TemplateFault) in
        try left.combined(operation, right, budget)
      }
    case .concatenation(let parts):
      var text = ""
      for part in parts {
        let value = try value(part)
        if value.stringValue == nil { try read(value, place) }
        text += value.text
        try guarded(place) { () throws(TemplateFault) in try budget.copied(bytes: text.utf8.count) }
      }
      return .string(text)
    case .comparison(let first, let links): return .bool(try compare(first, links, place))
    case .and(let left, let right):
      let left = try value(left)
      return left.isTrue ? try value(right) : left
    case .or(let left, let right):
      let left = try value(left)
      return left.isTrue ? left : try value(right)
    case .not(let input): return .bool(try !holds(input))
    default: preconditionFailure("`operand` handles every other kind")
    }
  }

  private func compare(
    _ first: TemplateExpression, _ links: [(operation: String, right: TemplateExpression)],
    _ place: TemplatePlace
  ) throws(TemplateError) -> Bool {
    var (left, leftPlace) = (try operand(first), first.place)
    for (operation, rightExpression) in links {
      let right = try operand(rightExpression)
      let holds: Bool
      if dialect == .chat, let result = try Self.comparesUndefined(left, operation, right) {
        holds = result
      } else {
        let isStrict = dialect == .chat && !["==", "!=", "in", "not in"].contains(operation)
        let (a, b) =
          isStrict
          ? (try defined(left, leftPlace), try defined(right, rightExpression.place))
          : (try settled(left, leftPlace), try settled(right, rightExpression.place))
        holds = try guarded(place) { () throws(TemplateFault) in
          try a.compares(operation, b, budget)
        }
      }
      if !holds { return false }
      (left, leftPlace) = (right, rightExpression.place)
    }
    return true
  }

  /// Nothing equals only nothing, and is in no list; `nil` for other comparisons.
  private static func comparesUndefined(
    _ left: TemplateOperand, _ operation: String, _ right: TemplateOperand
  ) throws(TemplateError) -> Bool? {
    switch operation {
    case "==", "!=":
      guard left.isUndefined || right.isUndefined else { return nil }
      return (left.isUndefined == right.isUndefined) == (operation == "==")
    case "in", "not in": return left.isUndefined ? operation == "not in" : nil
    default: return nil
    }
  }
}
