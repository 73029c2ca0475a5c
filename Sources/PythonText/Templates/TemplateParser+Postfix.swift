import Formats

/// What follows an operand: attributes, elements, calls, filters and tests.
extension TemplateParser {
  mutating func parsePostfix(
    _ operand: TemplateExpression
  ) throws(TemplateError) -> TemplateExpression {
    var result = operand
    while true {
      let place = current.place
      if take(".") {
        result = try parseAttribute(of: result, place)
      } else if take("[") {
        result = try parseElement(of: result, place)
      } else if isAt("(") {
        result = try parseCall(of: result, place)
      } else {
        return result
      }
    }
  }

  private mutating func parseCall(
    of callee: TemplateExpression, _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateExpression {
    let arguments = try parseArguments()
    return try TemplateExpression(
      .call(callee, arguments), place, children: [callee] + arguments.expressions)
  }

  private mutating func parseAttribute(
    of owner: TemplateExpression, _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateExpression {
    if case .integer(let index) = current.kind {
      let key = try TemplateExpression(.constant(.integer(index)), current.place)
      advance()
      return try TemplateExpression(.element(owner, key), place, children: [owner])
    }
    return try TemplateExpression(.attribute(owner, try expectName()), place, children: [owner])
  }

  private mutating func parseElement(
    of owner: TemplateExpression, _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateExpression {
    let start = isAt(":") ? nil : try parseTuple()
    guard isAt(":") else {
      try expect("]")
      guard let start else { throw unexpected("an index") }
      return try TemplateExpression(.element(owner, start), place, children: [owner, start])
    }
    var bounds: [TemplateExpression?] = [start]
    while take(":") {
      bounds.append(isAt(":") || isAt("]") ? nil : try parseExpression())
    }
    guard bounds.count <= 3 else { throw unexpected("']'") }
    try expect("]")
    return try TemplateExpression(
      .slice(
        owner, start: start, stop: bounds[1], step: bounds.count == 3 ? bounds[2] : nil),
      place, children: [owner] + bounds.compactMap { $0 })
  }

  private mutating func parseArguments()
    throws(TemplateError) -> TemplateArguments<TemplateExpression>
  {
    var arguments = TemplateArguments<TemplateExpression>()
    try expect("(")
    while !take(")") {
      if !arguments.positional.isEmpty || !arguments.named.isEmpty {
        try expect(",")
        if take(")") { break }
      }
      if isAt("*") || isAt("**") {
        throw .syntax(current.place, "arguments from a list or dictionary are not supported")
      }
      if case .name(let name) = current.kind, following.kind == .symbol("=") {
        advance()
        advance()
        arguments.named.append((name, try parseExpression()))
      } else if arguments.named.isEmpty {
        arguments.positional.append(try parseExpression())
      } else {
        throw unexpected("a named argument")
      }
    }
    return arguments
  }

  mutating func parseFiltersAndTests(
    _ operand: TemplateExpression
  ) throws(TemplateError) -> TemplateExpression {
    var result = operand
    while true {
      let place = current.place
      if take("|") {
        result = try parseFilter(of: result)
      } else if takeName("is") {
        result = try parseTest(of: result)
      } else if isAt("(") {
        result = try parseCall(of: result, place)
      } else {
        return result
      }
    }
  }

  /// The filters of a block: `upper | replace('a', 'b')`, or with a leading `|`.
  mutating func parseFilterChain(
    _ place: TemplatePlace
  ) throws(TemplateError) -> TemplateExpression {
    var result = try TemplateExpression(.body, place)
    _ = take("|")
    repeat { result = try parseFilter(of: result) } while take("|")
    return result
  }

  private mutating func parseFilter(
    of operand: TemplateExpression
  ) throws(TemplateError) -> TemplateExpression {
    let place = current.place
    let name = try expectName()
    if let reason = TemplateFilters.refused[name] {
      throw .syntax(place, "the filter '\(name)' is not supported: \(reason)")
    }
    guard TemplateFilters.names.contains(name) else { throw .unknownFilter(place, name) }
    let arguments = isAt("(") ? try parseArguments() : TemplateArguments()
    return try TemplateExpression(
      .filter(operand, name, arguments), place, children: [operand] + arguments.expressions)
  }

  private mutating func parseTest(
    of operand: TemplateExpression
  ) throws(TemplateError) -> TemplateExpression {
    let negated = takeName("not")
    let place = current.place
    let name = try expectName()
    guard TemplateTests.names.contains(name) else { throw .unknownTest(place, name) }
    var arguments = TemplateArguments<TemplateExpression>()
    if isAt("(") {
      arguments = try parseArguments()
    } else if startsTestArgument {
      arguments.positional.append(
        try nested { parser throws(TemplateError) in try parser.parseTestArgument() })
    }
    return try TemplateExpression(
      .test(operand, name, arguments, negated: negated), place,
      children: [operand] + arguments.expressions)
  }

  private mutating func parseTestArgument() throws(TemplateError) -> TemplateExpression {
    try parsePostfix(try parsePrimary())
  }

  /// `x is divisibleby 3`: an argument without parentheses.
  private var startsTestArgument: Bool {
    switch current.kind {
    case .name(let name): !["else", "or", "and", "if", "is", "in", "not"].contains(name)
    case .string, .integer, .float: true
    case .symbol(let symbol): ["[", "{"].contains(symbol)
    default: false
    }
  }
}

extension TemplateArguments<TemplateExpression> {
  var expressions: [TemplateExpression] { positional + named.map(\.value) }
}
