/// Statements.
extension TemplateEvaluator {
  /// Where evaluation goes on after some statements.
  enum Next {
    case following, turn, afterLoop
  }

  func run(_ nodes: [TemplateNode]) throws(TemplateError) -> Next {
    for node in nodes {
      switch node {
      case .text(let text): output += text
      case .output(let expression): output += try charged(value(expression), expression.place).text
      case .set(let targets, let expression): try assign(targets, expression)
      case .setAttribute(let namespace, let name, let expression):
        try assign(namespace, name, expression)
      case .setBlock(let target, let body):
        let before = output
        output = ""
        let next = try run(body)
        scopes[scopes.count - 1][target] = .value(.string(output))
        output = before
        if next != .following { return next }
      case .conditional(let branches, let otherwise):
        let next = try run(try chosenBranch(branches) ?? otherwise)
        if next != .following { return next }
      case .loop(let loop): try run(loop)
      case .macro(let macro):
        macros[macro.name] = macro
        scopes[scopes.count - 1][macro.name] = .function(macro.name)
      case .leaveLoop: return .afterLoop
      case .nextTurn: return .turn
      }
    }
    return .following
  }

  private func assign(
    _ namespace: String, _ name: String, _ expression: TemplateExpression
  ) throws(TemplateError) {
    guard case .namespace(let id) = lookUp(namespace) else {
      throw .evaluation(
        expression.place, "'\(namespace).\(name)' cannot be set: '\(namespace)' is no namespace")
    }
    namespaces[id][name] = try operand(expression)
  }

  func chosenBranch(
    _ branches: [(condition: TemplateExpression, body: [TemplateNode])]
  ) throws(TemplateError) -> [TemplateNode]? {
    for branch in branches where try value(branch.condition).isTrue { return branch.body }
    return nil
  }

  func assign(
    _ targets: [String], _ expression: TemplateExpression
  ) throws(TemplateError) {
    if targets.count == 1 {
      scopes[scopes.count - 1][targets[0]] = try operand(expression)
    } else {
      try unpack(try value(expression), into: targets, expression.place)
    }
  }

  func unpack(
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

  func run(_ loop: TemplateLoop) throws(TemplateError) {
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
      if try deeper(place, { () throws(TemplateError) in try run(loop.body) }) == .afterLoop {
        break
      }
    }
    if items.isEmpty { _ = try run(loop.otherwise) }
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
}
