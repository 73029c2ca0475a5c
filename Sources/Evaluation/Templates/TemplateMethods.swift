/// The Python methods that templates may call.
enum TemplateMethods {
  /// Global functions; the evaluator itself does `namespace`.
  static func functions(_ dialect: TemplateDialect) -> Set<String> {
    dialect == .task
      ? ["range", "dict", "namespace"]
      : ["range", "dict", "namespace", "raise_exception", "strftime_now"]
  }

  private static let ofStrings: Set<String> = [
    "capitalize", "count", "endswith", "find", "index", "isalpha", "isdigit", "islower",
    "isnumeric", "isspace", "isupper", "join", "lower", "lstrip", "partition", "removeprefix",
    "removesuffix", "replace", "rfind", "rindex", "rpartition", "rsplit", "rstrip", "split",
    "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill",
  ]
  private static let ofLists: Set<String> = ["copy", "count", "index"]
  private static let ofMappings: Set<String> = ["copy", "get", "items", "keys", "values"]

  static func exists(_ name: String, on receiver: TemplateValue) -> Bool {
    switch receiver {
    case .string: ofStrings.contains(name)
    case .list, .tuple: ofLists.contains(name)
    case .mapping: ofMappings.contains(name)
    default: false
    }
  }

  static func call(
    _ name: String, on receiver: TemplateValue, _ arguments: TemplateArguments<TemplateValue>
  ) throws(TemplateFault) -> TemplateValue {
    let call = TemplateCall(name: "\(receiver.typeName).\(name)", arguments)
    switch receiver {
    case .string(let text): return try onString(text, name, call)
    case .mapping(let mapping): return try onMapping(mapping, name, call)
    default: return try onList(receiver.items ?? [], name, call)
    }
  }

  /// A global function.
  static func call(
    _ name: String, _ arguments: TemplateArguments<TemplateValue>
  ) throws(TemplateFault) -> TemplateValue {
    if name == "dict" { return .mapping(TemplateMapping(arguments.named)) }
    let call = TemplateCall(name: name, arguments)
    if name == "raise_exception" { throw TemplateFault(try call.required(0, "message").text) }
    if name == "strftime_now" {
      return .string(CalendarText.now(format: try call.requiredString(0, "format")))
    }
    let first = try call.integer(0)
    guard let first else { throw TemplateFault("range() needs a length") }
    let second = try call.integer(1)
    let (start, stop) = second.map { (first, $0) } ?? (0, first)
    let step = try call.integer(2) ?? 1
    if step == 0 { throw TemplateFault("the step of range() cannot be 0") }
    var values: [TemplateValue] = []
    for value in stride(from: start, to: stop, by: step) {
      values.append(.integer(value))
      if values.count > 1_000_000 { throw TemplateFault("range() is longer than 1000000") }
    }
    return .list(values)
  }

  private static func onMapping(
    _ mapping: TemplateMapping, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    switch name {
    case "copy": return .mapping(mapping)
    case "keys": return .list(mapping.keys)
    case "values": return .list(mapping.values)
    case "items": return .list(zip(mapping.keys, mapping.values).map { .tuple([$0, $1]) })
    default: return mapping[try call.required(0)] ?? call.value(1) ?? .none
    }
  }

  private static func onList(
    _ items: [TemplateValue], _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    if name == "copy" { return .list(items) }
    let element = try call.required(0)
    if name == "count" { return .integer(items.filter { $0 == element }.count) }
    guard let index = items.firstIndex(of: element) else {
      throw TemplateFault(
        "\(element.representation) is not in the list \(TemplateValue.list(items).representation)")
    }
    return .integer(index)
  }

  private static func onString(
    _ text: String, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    switch name {
    case "strip": return .string(text.stripped(try call.string(0)))
    case "lstrip": return .string(text.stripped(right: false, try call.string(0)))
    case "rstrip": return .string(text.stripped(left: false, try call.string(0)))
    case "upper": return .string(text.uppercased())
    case "lower": return .string(text.lowercasedAsPython)
    case "title": return .string(text.titleAsPython)
    case "capitalize": return .string(text.capitalizedAsPython)
    case "swapcase":
      return .string(
        text.unicodeScalars.map {
          $0.properties.isUppercase
            ? $0.properties.lowercaseMapping : $0.properties.uppercaseMapping
        }.joined())
    case "replace":
      let count = try call.integer(2, "count") ?? -1
      return .string(
        try text.replacingInTemplate(
          try call.requiredString(0), with: try call.requiredString(1),
          limit: count < 0 ? .max : count))
    case "join":
      var parts: [String] = []
      for part in try call.required(0).elements() {
        guard let part = part.stringValue else {
          throw TemplateFault("join() takes strings, found a \(part.typeName); use the filter join")
        }
        parts.append(part)
      }
      try String.checkLength(pieces: parts.count, of: text.utf8.count)
      return .string(parts.joined(separator: text))
    case "removeprefix":
      let prefix = try call.requiredString(0)
      return .string(
        text.starts(withCodePointsOf: prefix) ? text.droppingBytes(prefix.utf8.count, 0) : text)
    case "removesuffix":
      let suffix = try call.requiredString(0)
      return .string(
        text.ends(withCodePointsOf: suffix) ? text.droppingBytes(0, suffix.utf8.count) : text)
    case "zfill":
      let width = min(try call.integer(0) ?? 0, TemplateValue.sizeLimit)
      let sign = text.hasPrefix("-") || text.hasPrefix("+") ? text.prefix(1) : ""
      let zeros = max(0, width - text.unicodeScalars.count)
      return .string(
        sign + String(repeating: "0", count: zeros) + text.dropFirst(sign.count))
    case "startswith", "endswith": return .bool(try hasAffix(text, name, call))
    case "find", "rfind", "index", "rindex", "count": return try search(text, name, call)
    case "split", "rsplit", "splitlines", "partition", "rpartition":
      return try pieces(text, name, call)
    default: return .bool(isOfKind(text, name))
    }
  }

  /// `startswith` and `endswith`, with one string or a tuple of them.
  private static func hasAffix(
    _ text: String, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> Bool {
    let affix = try call.required(0)
    let affixes = if case .tuple(let items) = affix { items } else { [affix] }
    for affix in affixes {
      guard let affix = affix.stringValue else {
        throw TemplateFault("\(call.name)() takes a str, not a \(affix.typeName)")
      }
      let matches =
        name == "startswith"
        ? text.starts(withCodePointsOf: affix) : text.ends(withCodePointsOf: affix)
      if matches { return true }
    }
    return false
  }

  private static func search(
    _ text: String, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    let part = try call.requiredString(0)
    if part.isEmpty {
      let count = text.unicodeScalars.count
      return .integer(name == "count" ? count + 1 : name.hasPrefix("r") ? count : 0)
    }
    if name == "count" { return .integer(text.byteOffsets(of: part).count) }
    let offset =
      name.hasPrefix("r")
      ? text.lastByteOffset(of: part)
      : text.byteOffsets(of: part, limit: 1).first
    if let offset {
      return .integer(
        String(decoding: text.utf8.prefix(offset), as: UTF8.self).unicodeScalars.count)
    }
    if name.hasSuffix("find") { return .integer(-1) }
    throw TemplateFault(
      "\(TemplateValue.quoted(part)) does not occur in \(TemplateValue.quoted(text))")
  }

  private static func pieces(
    _ text: String, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    if name == "splitlines" { return .list(text.linesAsPython.map { .string($0) }) }
    if name.hasSuffix("partition") {
      let separator = try call.requiredString(0)
      guard !separator.isEmpty else { throw TemplateFault("empty separator") }
      let isLast = name == "rpartition"
      let offset =
        isLast
        ? text.lastByteOffset(of: separator)
        : text.byteOffsets(of: separator, limit: 1).first
      guard let offset else {
        let parts = isLast ? ["", "", text] : [text, "", ""]
        return .tuple(parts.map { .string($0) })
      }
      let end = offset + separator.utf8.count
      return .tuple([
        .string(String(decoding: text.utf8.prefix(offset), as: UTF8.self)), .string(separator),
        .string(text.droppingBytes(end, 0)),
      ])
    }
    let count = try call.integer(1, "maxsplit") ?? -1
    let limit = count < 0 ? Int.max : count
    guard let separator = try call.string(0, "sep") else {
      let parts =
        name == "split"
        ? text.splitAtSpace(limit: limit)
        : text.reversedScalars.splitAtSpace(limit: limit).reversed().map(\.reversedScalars)
      return .list(parts.map { .string($0) })
    }
    guard !separator.isEmpty else { throw TemplateFault("empty separator") }
    let parts =
      name == "split"
      ? text.split(codePointsOf: separator, limit: limit)
      : text.reversedScalars.split(codePointsOf: separator.reversedScalars, limit: limit)
        .reversed().map(\.reversedScalars)
    return .list(parts.map { .string($0) })
  }

  private static func isOfKind(_ text: String, _ name: String) -> Bool {
    let scalars = text.unicodeScalars
    switch name {
    case "isdigit":
      return !text.isEmpty
        && scalars.allSatisfy { [.decimal, .digit].contains($0.properties.numericType) }
    case "isnumeric":
      return !text.isEmpty && scalars.allSatisfy { $0.properties.numericType != nil }
    case "isalpha": return !text.isEmpty && scalars.allSatisfy(\.properties.isAlphabetic)
    case "isspace": return !text.isEmpty && scalars.allSatisfy(\.isPythonSpace)
    case "isupper":
      return scalars.contains(where: \.properties.isUppercase)
        && !scalars.contains(where: \.properties.isLowercase)
    default:
      return scalars.contains(where: \.properties.isLowercase)
        && !scalars.contains(where: \.properties.isUppercase)
    }
  }
}

extension String {
  var reversedScalars: String { String(scalars: unicodeScalars.reversed()) }

  /// `str.splitlines()`
  var linesAsPython: [String] {
    var (lines, line) = ([String](), String.UnicodeScalarView())
    var previous: Unicode.Scalar = " "
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x0a where previous == "\r": break
      case 0x0a...0x0d, 0x1c...0x1e, 0x85, 0x2028, 0x2029:
        lines.append(String(line))
        line = String.UnicodeScalarView()
      default: line.append(scalar)
      }
      previous = scalar
    }
    return line.isEmpty ? lines : lines + [String(line)]
  }

  /// Byte offset of the last occurrence, which may overlap an earlier one.
  func lastByteOffset(of part: String) -> Int? {
    let (text, part) = (Array(utf8), Array(part.utf8))
    guard part.count <= text.count else { return nil }
    return stride(from: text.count - part.count, through: 0, by: -1).first {
      text[$0..<$0 + part.count].elementsEqual(part)
    }
  }

  func droppingBytes(_ first: Int, _ last: Int) -> String {
    String(decoding: utf8.dropFirst(first).dropLast(last), as: UTF8.self)
  }
}
