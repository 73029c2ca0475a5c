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
}

/// Runs a parsed template on one document.
struct TemplateEvaluator {
  private let document: TemplateMapping
  /// Variables set by the template; the innermost loop is last.
  private var scopes: [[String: TemplateOperand]] = [[:]]
  private var output = ""

  private init(document: TemplateMapping) { self.document = document }

  static func render(
    _ nodes: [TemplateNode], document: TemplateMapping
  ) throws(TemplateError) -> String {
    var evaluator = TemplateEvaluator(document: document)
    try evaluator.run(nodes)
    return evaluator.output
  }

  // MARK: Statements

  private mutating func run(_ nodes: [TemplateNode]) throws(TemplateError) {
    for node in nodes {
      switch node {
      case .text(let text): output += text
      case .output(let expression): output += try value(expression).text
      case .set(let targets, let expression): try assign(targets, expression)
      case .setBlock(let target, let body):
        let before = output
        output = ""
        try run(body)
        scopes[scopes.count - 1][target] = .value(.string(output))
        output = before
      case .conditional(let branches, let otherwise):
        try run(try chosenBranch(branches) ?? otherwise)
      case .loop(let loop): try run(loop)
      }
    }
  }

  private func chosenBranch(
    _ branches: [(condition: TemplateExpression, body: [TemplateNode])]
  ) throws(TemplateError) -> [TemplateNode]? {
    for branch in branches where try value(branch.condition).isTrue { return branch.body }
    return nil
  }

  private mutating func assign(
    _ targets: [String], _ expression: TemplateExpression
  ) throws(TemplateError) {
    if targets.count == 1 {
      scopes[scopes.count - 1][targets[0]] = try operand(expression)
    } else {
      try unpack(try value(expression), into: targets, expression.place)
    }
  }

  private mutating func unpack(
    _ value: TemplateValue, into targets: [String], _ place: TemplatePlace
  ) throws(TemplateError) {
    if targets.count == 1 {
      scopes[scopes.count - 1][targets[0]] = .value(value)
      return
    }
    let items = try guarded(place) { () throws(TemplateFault) in try value.elements() }
    guard items.count == targets.count else {
      throw .evaluation(place, "cannot unpack \(items.count) values into \(targets.count) names")
    }
    for (target, item) in zip(targets, items) {
      scopes[scopes.count - 1][target] = .value(item)
    }
  }

  private mutating func run(_ loop: TemplateLoop) throws(TemplateError) {
    let collection = try value(loop.items)
    let place = loop.items.place
    var items = try guarded(place) { () throws(TemplateFault) in try collection.elements() }
    scopes.append([:])
    defer { scopes.removeLast() }
    if let condition = loop.condition {
      var kept: [TemplateValue] = []
      for item in items {
        try unpack(item, into: loop.targets, place)
        if try value(condition).isTrue { kept.append(item) }
      }
      items = kept
    }
    for (index, item) in items.enumerated() {
      scopes[scopes.count - 1] = ["loop": .value(.mapping(Self.loopState(items, index)))]
      try unpack(item, into: loop.targets, place)
      try run(loop.body)
    }
    if items.isEmpty { try run(loop.otherwise) }
  }

  /// The variable `loop`.
  private static func loopState(_ items: [TemplateValue], _ index: Int) -> TemplateMapping {
    var pairs: [(String, TemplateValue)] = [
      ("index", .integer(index + 1)), ("index0", .integer(index)),
      ("revindex", .integer(items.count - index)),
      ("revindex0", .integer(items.count - index - 1)),
      ("first", .bool(index == 0)), ("last", .bool(index == items.count - 1)),
      ("length", .integer(items.count)),
    ]
    if index > 0 { pairs.append(("previtem", items[index - 1])) }
    if index < items.count - 1 { pairs.append(("nextitem", items[index + 1])) }
    return TemplateMapping(pairs)
  }

  // MARK: Expressions

  /// The value of an expression; nothing is an error that names the columns.
  private func value(_ expression: TemplateExpression) throws(TemplateError) -> TemplateValue {
    switch try operand(expression) {
    case .value(let value): return value
    case .blank: return .string("")
    case .undefined(let problem):
      throw .undefined(expression.place, problem, columns: document.keys.map(\.text))
    case .method(_, let name), .function(let name):
      throw .evaluation(expression.place, "'\(name)' is a function: call it with '()'")
    }
  }

  private func value(_ expression: TemplateExpression?) throws(TemplateError) -> TemplateValue? {
    guard let expression else { return nil }
    let result: TemplateValue = try value(expression)
    return result
  }

  private func values(
    _ expressions: [TemplateExpression]
  ) throws(TemplateError) -> [TemplateValue] {
    var result: [TemplateValue] = []
    for expression in expressions { result.append(try value(expression)) }
    return result
  }

  private func values(
    _ arguments: TemplateArguments<TemplateExpression>
  ) throws(TemplateError) -> TemplateArguments<TemplateValue> {
    var result = TemplateArguments<TemplateValue>()
    result.positional = try values(arguments.positional)
    for (name, argument) in arguments.named { result.named.append((name, try value(argument))) }
    return result
  }

  /// Adds the place to what an operation says went wrong.
  private func guarded<Result>(
    _ place: TemplatePlace, _ body: () throws(TemplateFault) -> Result
  ) throws(TemplateError) -> Result {
    do { return try body() } catch { throw .evaluation(place, error.message) }
  }

  private func operand(
    _ expression: TemplateExpression
  ) throws(TemplateError) -> TemplateOperand {
    let place = expression.place
    switch expression.kind {
    case .constant(let value): return .value(value)
    case .name(let name): return lookUp(name)
    case .list(let items): return .value(.list(try values(items)))
    case .tuple(let items): return .value(.tuple(try values(items)))
    case .mapping(let pairs): return .value(try mapping(pairs))
    case .attribute(let owner, let name): return try value(owner).attribute(name)
    case .element(let owner, let key):
      let (owner, key) = (try value(owner), try value(key))
      return try guarded(place) { () throws(TemplateFault) in try owner.element(key) }
    case .slice(let owner, let start, let stop, let step):
      return .value(try slice(owner, start, stop, step, place))
    case .call(let callee, let arguments): return .value(try call(callee, arguments, place))
    case .filter(let input, let name, let arguments):
      return .value(try filter(input, name, arguments, place))
    case .test(let input, let name, let arguments, let negated):
      return .value(.bool(try test(input, name, arguments, place) != negated))
    case .conditional(let condition, let then, let otherwise):
      if try value(condition).isTrue { return try operand(then) }
      return if let otherwise { try operand(otherwise) } else { .blank }
    default: return .value(try compute(expression))
    }
  }

  /// Operators.
  private func compute(_ expression: TemplateExpression) throws(TemplateError) -> TemplateValue {
    let place = expression.place
    switch expression.kind {
    case .unary(let operation, let input):
      let input = try value(input)
      return try guarded(place) { () throws(TemplateFault) in try input.signed(operation) }
    case .binary(let operation, let left, let right):
      let (left, right) = (try value(left), try value(right))
      return try guarded(place) { () throws(TemplateFault) in
        try left.combined(operation, right)
      }
    case .concatenation(let parts):
      return .string(try values(parts).map(\.text).joined())
    case .comparison(let left, let links):
      var left = try value(left)
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

  private func lookUp(_ name: String) -> TemplateOperand {
    for scope in scopes.reversed() {
      if let found = scope[name] { return found }
    }
    if let value = document[name] { return .value(value) }
    return TemplateMethods.functions.contains(name)
      ? .function(name) : .undefined("'\(name)' is undefined")
  }

  private func mapping(
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

  private func slice(
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
  ) throws(TemplateError) -> TemplateValue {
    switch try operand(callee) {
    case .method(let receiver, let name):
      let arguments = try values(arguments)
      return try guarded(place) { () throws(TemplateFault) in
        try TemplateMethods.call(name, on: receiver, arguments)
      }
    case .function(let name):
      let arguments = try values(arguments)
      return try guarded(place) { () throws(TemplateFault) in
        try TemplateMethods.call(name, arguments)
      }
    case .undefined(let problem):
      throw .undefined(callee.place, problem, columns: document.keys.map(\.text))
    case .value, .blank: throw .evaluation(place, "only functions and methods can be called")
    }
  }

  private func filter(
    _ input: TemplateExpression, _ name: String,
    _ arguments: TemplateArguments<TemplateExpression>, _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateValue {
    if TemplateFilters.acceptsUndefined.contains(name), try isUndefined(input) {
      return try values(arguments).positional.first ?? .string("")
    }
    let input = try value(input)
    let arguments = try values(arguments)
    return try guarded(place) { () throws(TemplateFault) in
      try TemplateFilters.apply(name, to: input, arguments)
    }
  }

  private func isUndefined(_ input: TemplateExpression) throws(TemplateError) -> Bool {
    switch try operand(input) {
    case .undefined, .blank: true
    default: false
    }
  }

  private func test(
    _ input: TemplateExpression, _ name: String,
    _ arguments: TemplateArguments<TemplateExpression>, _ place: TemplatePlace
  ) throws(TemplateError) -> Bool {
    let isUndefined = try isUndefined(input)
    if name == "defined" { return !isUndefined }
    if name == "undefined" { return isUndefined }
    // Python asks for the type, which nothing has none of.
    if isUndefined, name == "none" { return false }
    let input = try value(input)
    let arguments = try values(arguments)
    return try guarded(place) { () throws(TemplateFault) in
      try TemplateTests.holds(name, input, arguments.positional)
    }
  }
}
