/// What chat templates need beyond task files: macros, namespaces, and undefined values that are no
/// error until they are computed with.
extension TemplateEvaluator {
  /// A value that must be there: attributes, indices and arithmetic do not work on nothing.
  func definedValue(_ expression: TemplateExpression) throws(TemplateError) -> TemplateValue {
    switch try operand(expression) {
    case .value(let value): return value
    case .undefined(let problem):
      throw .undefined(expression.place, problem, columns: document.keys.map(\.text))
    case .blank where dialect == .chat:
      throw .evaluation(expression.place, "the condition is false and there is no 'else'")
    default: return try value(expression)
    }
  }

  func isEmpty(_ expression: TemplateExpression) throws(TemplateError) -> Bool {
    let collection: TemplateValue = try value(expression)
    return collection.items?.isEmpty ?? collection.stringValue?.isEmpty ?? false
  }

  /// Nothing equals only nothing; `nil` when both sides are there or the comparison is another.
  func comparesUndefined(
    _ left: TemplateExpression, _ links: [(operation: String, right: TemplateExpression)]
  ) throws(TemplateError) -> Bool? {
    guard links.count == 1, let link = links.first else { return nil }
    let isLeft = try isUndefined(left)
    switch link.operation {
    case "==", "!=":
      let isRight = try isUndefined(link.right)
      guard isLeft || isRight else { return nil }
      return (isLeft == isRight) == (link.operation == "==")
    case "in", "not in":
      return isLeft ? link.operation == "not in" : nil
    default:
      _ = try definedValue(isLeft ? left : link.right)
      return nil
    }
  }

  /// `namespace(name=value)`: variables that outlive the loop in which they are set.
  func makeNamespace(
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
    namespaces.append(variables)
    return .namespace(namespaces.count - 1)
  }

  /// What a macro writes; it sees its parameters and the template's outermost variables.
  func expand(
    _ macro: TemplateMacro, _ arguments: TemplateArguments<TemplateExpression>,
    _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateValue {
    guard arguments.positional.count <= macro.parameters.count else {
      throw .evaluation(
        place, "the macro '\(macro.name)' takes \(macro.parameters.count) argument(s)")
    }
    var variables: [String: TemplateOperand] = [:]
    for (parameter, argument) in zip(macro.parameters, arguments.positional) {
      variables[parameter.name] = try operand(argument)
    }
    for (name, argument) in arguments.named {
      guard macro.parameters.contains(where: { $0.name == name }), variables[name] == nil else {
        throw .evaluation(place, "the macro '\(macro.name)' takes no argument '\(name)' here")
      }
      variables[name] = try operand(argument)
    }
    let (outside, before) = (scopes, output)
    defer { (scopes, output) = (outside, before) }
    (scopes, output) = ([outside[0], variables], "")
    for parameter in macro.parameters where variables[parameter.name] == nil {
      scopes[1][parameter.name] =
        try parameter.missing.map { expression throws(TemplateError) in try operand(expression) }
        ?? .undefined("parameter '\(parameter.name)' was not provided")
    }
    _ = try deeper(place) { () throws(TemplateError) in try run(macro.body) }
    return .string(output)
  }
}
