import Formats

/// The Python methods that templates may call.
enum TemplateMethods {
  /// Global functions; the evaluator itself does `namespace`, `cycler` and `joiner`.
  static func functions(_ dialect: TemplateDialect) -> Set<String> {
    dialect == .task
      ? ["range", "dict", "namespace", "cycler", "joiner"]
      : ["range", "dict", "namespace", "cycler", "joiner", "raise_exception", "strftime_now"]
  }

  /// Name → arguments by position.
  private static let ofStrings: [String: [String]] = [
    "capitalize": [], "casefold": [], "center": ["width", "fillchar"],
    "count": ["sub", "start", "end"], "endswith": ["suffix", "start", "end"],
    "expandtabs": ["tabsize"], "find": ["sub", "start", "end"], "index": ["sub", "start", "end"],
    "isalnum": [], "isalpha": [], "isascii": [], "isdecimal": [], "isdigit": [], "islower": [],
    "isnumeric": [], "isspace": [], "istitle": [], "isupper": [], "join": ["iterable"],
    "ljust": ["width", "fillchar"], "lower": [], "lstrip": ["chars"], "partition": ["sep"],
    "removeprefix": ["prefix"], "removesuffix": ["suffix"], "replace": ["old", "new", "count"],
    "rfind": ["sub", "start", "end"], "rindex": ["sub", "start", "end"],
    "rjust": ["width", "fillchar"], "rpartition": ["sep"], "rsplit": ["sep", "maxsplit"],
    "rstrip": ["chars"], "split": ["sep", "maxsplit"], "splitlines": ["keepends"],
    "startswith": ["prefix", "start", "end"], "strip": ["chars"], "swapcase": [], "title": [],
    "upper": [], "zfill": ["width"],
  ]
  private static let ofLists: [String: [String]] = [
    "copy": [], "count": ["value"], "index": ["value", "start", "stop"],
  ]
  private static let ofMappings: [String: [String]] = [
    "copy": [], "get": ["key", "default"], "items": [], "keys": [], "values": [],
  ]

  private static func methods(of receiver: Value) -> [String: [String]] {
    switch receiver {
    case .string: ofStrings
    case .list, .tuple: ofLists
    case .mapping: ofMappings
    default: [:]
    }
  }

  static func exists(_ name: String, on receiver: Value) -> Bool {
    methods(of: receiver)[name] != nil
  }

  static func call(
    _ name: String, on receiver: Value, _ arguments: TemplateArguments<Value>,
    _ budget: TemplateBudget
  ) throws(TemplateFault) -> Value {
    let call = TemplateCall(name: "\(receiver.typeName).\(name)", arguments, budget)
    try call.check(methods(of: receiver)[name] ?? [])
    switch receiver {
    case .string(let text): return try onString(text, name, call)
    case .mapping(let mapping): return try onMapping(mapping, name, call)
    default: return try onList(receiver.items ?? [], name, call)
    }
  }

  /// A global function.
  static func call(
    _ name: String, _ arguments: TemplateArguments<Value>, _ budget: TemplateBudget
  ) throws(TemplateFault) -> Value {
    let call = TemplateCall(name: name, arguments, budget)
    switch name {
    case "dict":
      guard arguments.positional.count <= 1 else { throw TemplateFault("dict() takes one mapping") }
      var mapping = Mapping()
      if let first = arguments.positional.first {
        guard let given = first.mappingValue else {
          throw TemplateFault("dict() takes a dict, not a \(first.typeName)")
        }
        mapping = given
      }
      for (name, value) in arguments.named { mapping[.string(name)] = value }
      return .mapping(mapping)
    case "raise_exception":
      try call.check(["message"])
      throw TemplateFault(try call.required(0, "message").text)
    case "strftime_now":
      try call.check(["format"])
      return .string(CalendarText.now(format: try call.requiredString(0, "format")))
    default:
      if !arguments.named.isEmpty { throw TemplateFault("range() takes no names") }
      try call.check(["start", "stop", "step"])
      return .list(try range(call))
    }
  }

  private static func range(_ call: TemplateCall) throws(TemplateFault) -> [Value] {
    guard let first = try call.integer(0) else { throw TemplateFault("range() needs a length") }
    let (start, stop) = try call.integer(1).map { (first, $0) } ?? (0, first)
    let step = try call.integer(2) ?? 1
    if step == 0 { throw TemplateFault("the step of range() cannot be 0") }
    guard step > 0 ? start < stop : start > stop else { return [] }
    let span = UInt(bitPattern: step > 0 ? stop &- start : start &- stop)
    let count = (span - 1) / step.magnitude + 1
    if count > 1_000_000 { throw TemplateFault("range() is longer than 1000000") }
    try call.budget.spend(Int(count))
    return (0..<Int(count)).map { .integer(start + $0 * step) }
  }

  private static func onMapping(
    _ mapping: Mapping, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> Value {
    switch name {
    case "copy": return .mapping(mapping)
    case "keys": return .list(mapping.keys)
    case "values": return .list(mapping.values)
    case "items": return .list(mapping.pairs)
    default: return mapping[try call.required(0)] ?? call.value(1) ?? .none
    }
  }

  private static func onList(
    _ items: [Value], _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> Value {
    if name == "copy" { return .list(items) }
    let element = try call.required(0)
    if name == "count" { return .integer(items.filter { $0 == element }.count) }
    let bounds = Value.bounds(try call.integer(1), try call.integer(2), of: items.count)
    guard let index = items[bounds].firstIndex(of: element) else {
      throw TemplateFault("\(element.representation.shown()) is not in the list")
    }
    return .integer(index)
  }
}
