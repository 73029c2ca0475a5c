import Formats

/// The arguments of one call, asked for by position or name, with messages that say which call.
struct TemplateCall {
  let name: String
  let budget: TemplateBudget
  let dialect: TemplateDialect
  private let arguments: TemplateArguments<Value>

  init(
    name: String, _ arguments: TemplateArguments<Value>, _ budget: TemplateBudget,
    _ dialect: TemplateDialect = .task
  ) {
    self.name = name
    self.arguments = arguments
    self.budget = budget
    self.dialect = dialect
  }

  var positional: [Value] { arguments.positional }
  var named: [(name: String, value: Value)] { arguments.named }

  /// - Parameter parameters: names by position; after `*` any arguments may follow.
  /// - Throws: when there is an argument that none of them takes.
  func check(_ parameters: [String]) throws(TemplateFault) {
    if parameters.last == "*" { return }
    if positional.count > parameters.count {
      throw TemplateFault("\(name)() takes at most \(parameters.count) argument(s)")
    }
    for argument in named {
      guard let position = parameters.firstIndex(of: argument.name) else {
        throw TemplateFault("\(name)() takes no argument '\(argument.name.shown())'")
      }
      if position < positional.count {
        throw TemplateFault("\(name)() gets the argument '\(argument.name)' twice")
      }
    }
  }

  /// The argument at `position`, or the one called `name`.
  func value(_ position: Int, _ name: String? = nil) -> Value? {
    arguments.positional.indices.contains(position)
      ? arguments.positional[position]
      : arguments.named.first { $0.name == name }?.value
  }

  func required(_ position: Int, _ name: String? = nil) throws(TemplateFault) -> Value {
    guard let value = value(position, name) else {
      throw TemplateFault("\(self.name)() needs at least \(position + 1) argument(s)")
    }
    return value
  }

  /// A string, or `nil` when it is absent or None.
  func string(_ position: Int, _ name: String? = nil) throws(TemplateFault) -> String? {
    guard let value = value(position, name), value != .none else { return nil }
    guard let text = value.stringValue else {
      throw TemplateFault(
        "argument \(position + 1) of \(self.name)() must be a str, not a \(value.typeName)")
    }
    return text
  }

  func requiredString(
    _ position: Int, _ name: String? = nil
  ) throws(TemplateFault) -> String {
    _ = try required(position, name)
    guard let text = try string(position, name) else {
      throw TemplateFault("argument \(position + 1) of \(self.name)() must be a str, not None")
    }
    return text
  }

  /// A whole number, or `nil` when it is absent or None.
  func integer(_ position: Int, _ name: String? = nil) throws(TemplateFault) -> Int? {
    guard let value = value(position, name), value != .none else { return nil }
    guard let number = value.integerValue else {
      throw TemplateFault(
        "argument \(position + 1) of \(self.name)() must be an int, not a \(value.typeName)")
    }
    return number
  }

  func isTrue(_ position: Int, _ name: String? = nil, default missing: Bool = false) -> Bool {
    value(position, name)?.isTrue ?? missing
  }
}
