import Formats

/// Functions, methods, macros, filters and tests.
extension TemplateEvaluator {
  func call(
    _ callee: TemplateExpression, _ arguments: TemplateArguments<TemplateExpression>,
    _ place: TemplatePlace, caller: TemplateClosure? = nil
  ) throws(TemplateError) -> TemplateOperand {
    let operand = try operand(callee)
    if let caller {
      guard case .macro(let closure) = operand else {
        throw .evaluation(place, "a 'call' block calls a macro, not \(operand.description)")
      }
      return .value(try expand(closure, arguments, place, caller: caller))
    }
    switch operand {
    case .macro(let closure): return .value(try expand(closure, arguments, place))
    case .function("namespace"): return try makeNamespace(arguments)
    case .loop(let state): return .value(try descend(state, arguments, place))
    case .method(let receiver, let name):
      let arguments = try values(arguments)
      let result = try guarded(place) { () throws(TemplateFault) in
        try budget.read(receiver)
        for argument in arguments.positional { try budget.read(argument) }
        return try TemplateMethods.call(name, on: receiver, arguments, budget)
      }
      return .value(try made(result, place))
    case .function(let name):
      let arguments = try values(arguments)
      return try guarded(place) { () throws(TemplateFault) in
        if name == "cycler" || name == "joiner" { return try makeCounter(name, arguments) }
        let result = try TemplateMethods.call(name, arguments, budget)
        try budget.made(result)
        return .value(result)
      }
    case .loopMethod(let state, let name):
      let arguments = try values(arguments)
      return try guarded(place) { () throws(TemplateFault) in
        try answer(state, name, arguments)
      }
    case .counter(let counter) where counter.isJoiner: return .value(counter.next())
    case .counterMethod(let counter, let name):
      if name == "next" { return .value(counter.next()) }
      counter.position = 0
      return .value(.none)
    case .undefined: return .value(try defined(operand, callee.place))
    default: throw .evaluation(place, "only functions and methods can be called")
    }
  }

  /// `namespace(name=value)`: variables that outlive the loop in which they are set.
  private func makeNamespace(
    _ arguments: TemplateArguments<TemplateExpression>
  ) throws(TemplateError) -> TemplateOperand {
    var variables: [String: TemplateOperand] = [:]
    for argument in arguments.positional {
      guard let mapping = try value(argument).mappingValue else {
        throw .evaluation(argument.place, "namespace() takes dictionaries and names")
      }
      for (key, value) in zip(mapping.keys, mapping.values) { variables[key.text] = .value(value) }
    }
    for (name, argument) in arguments.named { variables[name] = try operand(argument) }
    return .namespace(TemplateNamespace(variables))
  }

  private func makeCounter(
    _ name: String, _ arguments: TemplateArguments<Value>
  ) throws(TemplateFault) -> TemplateOperand {
    guard name == "joiner" else {
      guard !arguments.positional.isEmpty, arguments.named.isEmpty else {
        throw TemplateFault("cycler() takes at least one value")
      }
      return .counter(TemplateCounter(arguments.positional, isJoiner: false))
    }
    let call = TemplateCall(name: name, arguments, budget)
    try call.check(["sep"])
    return .counter(
      TemplateCounter([.string(""), call.value(0, "sep") ?? .string(", ")], isJoiner: true))
  }

  /// `loop.cycle` and `loop.changed`
  private func answer(
    _ state: TemplateLoopState, _ name: String, _ arguments: TemplateArguments<Value>
  ) throws(TemplateFault) -> TemplateOperand {
    let values = arguments.positional
    guard arguments.named.isEmpty else { throw TemplateFault("loop.\(name)() takes no names") }
    if name == "cycle" {
      guard !values.isEmpty else { throw TemplateFault("loop.cycle() takes at least one value") }
      return .value(values[state.index % values.count])
    }
    for value in values { try budget.read(value) }
    let isNew = state.last != values
    state.last = values
    return .value(.bool(isNew))
  }

  /// What a macro writes; it sees its parameters, the variables around its definition and the
  /// template's outermost ones.
  private func expand(
    _ closure: TemplateClosure, _ arguments: TemplateArguments<TemplateExpression>,
    _ place: TemplatePlace, caller: TemplateClosure? = nil
  ) throws(TemplateError) -> Value {
    let macro = closure.macro
    let name = macro.name.shown()
    if arguments.positional.count > macro.parameters.count, !macro.uses.contains("varargs") {
      throw .evaluation(place, "the macro '\(name)' takes \(macro.parameters.count) argument(s)")
    }
    var variables: [String: TemplateOperand] = [:]
    for (parameter, argument) in zip(macro.parameters, arguments.positional) {
      variables[parameter.name] = try operand(argument)
    }
    let more = try values(Array(arguments.positional.dropFirst(macro.parameters.count)))
    var others = Mapping()
    for (argumentName, argument) in arguments.named {
      if macro.parameters.contains(where: { $0.name == argumentName }) {
        guard variables[argumentName] == nil else {
          throw .evaluation(place, "the macro '\(name)' gets '\(argumentName.shown())' twice")
        }
        variables[argumentName] = try operand(argument)
      } else if macro.uses.contains("kwargs") {
        others[.string(argumentName)] = try value(argument)
      } else {
        throw .evaluation(
          place, "the macro '\(name)' takes no argument '\(argumentName.shown())' here")
      }
    }
    if macro.uses.contains("varargs") { variables["varargs"] = .value(.tuple(more)) }
    if macro.uses.contains("kwargs") { variables["kwargs"] = .value(.mapping(others)) }
    if macro.uses.contains("caller"), !macro.parameters.contains(where: { $0.name == "caller" }) {
      variables["caller"] = caller.map { .macro($0) } ?? .undefined("there is no caller")
    } else if caller != nil {
      throw .evaluation(place, "the macro '\(name)' does not use 'caller()'")
    }
    let (outside, before) = (scopes, output)
    defer { (scopes, output) = (outside, before) }
    (scopes, output) = ([outside[0]] + closure.scopes + [variables], "")
    for parameter in macro.parameters where variables[parameter.name] == nil {
      scopes[scopes.count - 1][parameter.name] =
        try parameter.missing.map { expression throws(TemplateError) in try operand(expression) }
        ?? .undefined("parameter '\(parameter.name.shown())' was not provided")
    }
    _ = try deeper(place) { () throws(TemplateError) in try run(macro.body) }
    return .string(output)
  }

  // MARK: Filters and tests

  func filter(
    _ input: TemplateExpression, _ name: String,
    _ arguments: TemplateArguments<TemplateExpression>, _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateOperand {
    let operand = try operand(input)
    if operand.isUndefined, TemplateFilters.acceptsUndefined.contains(name) {
      let arguments = try values(arguments)
      return .value(
        arguments.positional.first ?? arguments.named.first { $0.name == "default_value" }?.value
          ?? .string(""))
    }
    let input =
      dialect == .chat && name == "tojson"
      ? try defined(operand, input.place) : try settled(operand, input.place)
    // Of an empty list, a chat template gets nothing.
    if dialect == .chat, ["first", "last", "max", "min"].contains(name),
      input.items?.isEmpty ?? input.stringValue?.isEmpty ?? false
    {
      return .undefined("there is no element")
    }
    let arguments = try values(arguments)
    if name == "attr", let attribute = arguments.positional.first?.stringValue {
      return TemplateMethods.exists(attribute, on: input)
        ? .method(input, attribute)
        : .undefined("'\(input.typeName) object' has no attribute '\(attribute.shown())'")
    }
    let result = try guarded(place) { () throws(TemplateFault) in
      try budget.read(input)
      return try TemplateFilters.apply(name, to: input, arguments, budget, dialect)
    }
    return .value(try made(result, place))
  }

  func test(
    _ input: TemplateExpression, _ name: String,
    _ arguments: TemplateArguments<TemplateExpression>, _ place: TemplatePlace
  ) throws(TemplateError) -> Bool {
    let operand = try operand(input)
    switch name {
    case "defined": return !operand.isUndefined
    case "undefined": return operand.isUndefined
    // Python asks for the type, which nothing has none of.
    case "none" where operand.isUndefined: return false
    case "callable":
      switch operand {
      case .value, .undefined, .blank, .namespace: return false
      case .counter(let counter): return counter.isJoiner
      default: return true
      }
    case _ where operand.isUndefined && dialect == .chat:
      return ["iterable", "sequence", "!=", "ne"].contains(name)
    default: break
    }
    let input = try settled(operand, input.place)
    let arguments = try values(arguments)
    return try guarded(place) { () throws(TemplateFault) in
      guard arguments.named.isEmpty else { throw TemplateFault("tests take no named arguments") }
      return try TemplateTests.holds(name, input, arguments.positional, budget)
    }
  }
}
