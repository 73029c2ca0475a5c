import Formats

/// Statements.
extension TemplateEvaluator {
  /// Where evaluation goes on after some statements.
  enum Next {
    case following, turn, afterLoop
  }

  func run(_ nodes: [TemplateNode]) throws(TemplateError) -> Next {
    for node in nodes {
      var next = Next.following
      switch node {
      case .text(let text, let place): try write(text, place)
      case .output(let expression):
        let value = try value(expression)
        try read(value, expression.place)
        try write(value.text, expression.place)
      case .set(let target, let expression):
        try assign(operand(expression), to: target, expression.place)
      case .setBlock(let target, let text, let body):
        let written = try captured(body, &next)
        try assign(.value(try filtered(written, text)), to: target, text.place)
      case .filtered(let text, let body):
        let written = try captured(body, &next)
        try write(try filtered(written, text).text, text.place)
      case .call(let callee, let arguments, let caller):
        let closure = TemplateClosure(caller, scopes: Array(scopes.dropFirst()))
        let result = try call(callee, arguments, callee.place, caller: closure)
        try write(try settled(result, callee.place).text, callee.place)
      case .with(let assignments, let body):
        var values: [TemplateOperand] = []
        for assignment in assignments { values.append(try operand(assignment.value)) }
        scopes.append([:])
        defer { scopes.removeLast() }
        for (assignment, value) in zip(assignments, values) {
          try assign(value, to: assignment.target, assignment.value.place)
        }
        next = try run(body)
      case .conditional(let branches, let otherwise):
        next = try run(try chosenBranch(branches) ?? otherwise)
      case .loop(let loop): try run(loop)
      case .macro(let macro):
        scopes[scopes.count - 1][macro.name] = .macro(
          TemplateClosure(macro, scopes: Array(scopes.dropFirst())))
      case .leaveLoop: return .afterLoop
      case .nextTurn: return .turn
      }
      if next != .following { return next }
    }
    return .following
  }

  private func write(_ text: String, _ place: TemplatePlace) throws(TemplateError) {
    try guarded(place) { () throws(TemplateFault) in
      try budget.spend(1 + text.utf8.count / 256)
      output += text
      if output.utf8.count > TemplateBudget.textLimit {
        throw TemplateFault("the template writes more than \(TemplateBudget.textLimit) bytes")
      }
    }
  }

  /// What statements write, instead of writing it.
  private func captured(
    _ body: [TemplateNode], _ next: inout Next
  ) throws(TemplateError) -> Value {
    let before = output
    defer { output = before }
    output = ""
    next = try run(body)
    return .string(output)
  }

  /// The filters of a block on what the block has written.
  private func filtered(
    _ body: Value, _ text: TemplateExpression
  ) throws(TemplateError) -> Value {
    bodies.append(body)
    defer { bodies.removeLast() }
    return try value(text)
  }

  private func chosenBranch(
    _ branches: [(condition: TemplateExpression, body: [TemplateNode])]
  ) throws(TemplateError) -> [TemplateNode]? {
    for branch in branches where try holds(branch.condition) { return branch.body }
    return nil
  }

  private func assign(
    _ operand: TemplateOperand, to target: TemplateTarget, _ place: TemplatePlace
  ) throws(TemplateError) {
    switch target {
    case .name(let name): scopes[scopes.count - 1][name] = operand
    case .attribute(let owner, let name):
      guard case .namespace(let namespace) = lookUp(owner) else {
        throw .evaluation(
          place,
          "'\(owner.shown()).\(name.shown())' cannot be set: '\(owner.shown())' is no namespace")
      }
      namespace.variables[name] = operand
    case .several(let targets):
      let value = try settled(operand, place)
      let items = try guarded(place) { () throws(TemplateFault) in try value.elements(budget) }
      guard items.count == targets.count else {
        throw .evaluation(
          place, "cannot unpack \(items.count) values into \(targets.count) names")
      }
      for (target, item) in zip(targets, items) { try assign(.value(item), to: target, place) }
    }
  }

  // MARK: Loops

  private func run(_ loop: TemplateLoop) throws(TemplateError) {
    try run(loop, over: try value(loop.items), depth: 0)
  }

  private func run(
    _ loop: TemplateLoop, over collection: Value, depth: Int
  ) throws(TemplateError) {
    let place = loop.items.place
    var items = try guarded(place) { () throws(TemplateFault) in
      let items = try collection.elements(budget)
      try budget.spend(items.count / 8)
      return items
    }
    scopes.append([:])
    defer { scopes.removeLast() }
    if let condition = loop.condition {
      var kept: [Value] = []
      for item in items {
        try assign(.value(item), to: loop.target, place)
        if try holds(condition) { kept.append(item) }
      }
      items = kept
    }
    let state = TemplateLoopState(loop, items: items, depth: depth, scopeCount: scopes.count - 1)
    for (index, item) in items.enumerated() {
      state.index = index
      scopes[scopes.count - 1] = ["loop": .loop(state)]
      try assign(.value(item), to: loop.target, place)
      if try deeper(place, { () throws(TemplateError) in try run(loop.body) }) == .afterLoop {
        break
      }
    }
    if items.isEmpty {
      scopes[scopes.count - 1] = [:]
      _ = try run(loop.otherwise)
    }
  }

  /// `loop(items)`: what a recursive loop writes for other items.
  func descend(
    _ state: TemplateLoopState, _ arguments: TemplateArguments<TemplateExpression>,
    _ place: TemplatePlace
  ) throws(TemplateError) -> Value {
    guard state.loop.isRecursive else {
      throw .evaluation(place, "the loop cannot be called; write '{% for … recursive %}'")
    }
    guard arguments.positional.count == 1, arguments.named.isEmpty else {
      throw .evaluation(place, "loop() takes one argument, the items")
    }
    let items = try value(arguments.positional[0])
    let (outside, before) = (scopes, output)
    defer { (scopes, output) = (outside, before) }
    (scopes, output) = (Array(outside[..<state.scopeCount]), "")
    try deeper(place) { () throws(TemplateError) in
      try run(state.loop, over: items, depth: state.depth + 1)
    }
    return .string(output)
  }
}
