import Formats

/// Python's methods of `str`.
extension TemplateMethods {
  static func onString(
    _ text: String, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> Value {
    switch name {
    case "strip": return .string(text.stripped(try call.string(0)))
    case "casefold": return .string(try text.caseFolded)
    case "center", "ljust", "rjust":
      guard let width = try call.integer(0) else {
        throw TemplateFault("\(call.name)() needs a width")
      }
      return .string(
        try text.padded(
          to: width, with: try call.string(1) ?? " ",
          name == "center" ? .both : name == "ljust" ? .right : .left))
    case "expandtabs":
      return .string(try text.expandingTabs(size: try call.integer(0, "tabsize") ?? 8))
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
      for part in try call.required(0).elements(call.budget) {
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
      let width = min(try call.integer(0) ?? 0, Value.sizeLimit)
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
    let text = try bounded(text, call).text
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

  /// The part of a text that `start` and `end` leave, and how many code points stand before it.
  private static func bounded(
    _ text: String, _ call: TemplateCall
  ) throws(TemplateFault) -> (text: String, start: Int) {
    let (start, end) = (try call.integer(1), try call.integer(2))
    if start == nil, end == nil { return (text, 0) }
    let scalars = Array(text.unicodeScalars)
    let bounds = Value.bounds(start, end, of: scalars.count)
    // Beyond the end not even nothing is found.
    if let start, start > scalars.count { throw TemplateFault("the start lies behind the text") }
    return (String(scalars: scalars[bounds]), bounds.lowerBound)
  }

  private static func search(
    _ text: String, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> Value {
    let part = try call.requiredString(0)
    let (text, start) = try bounded(text, call)
    if part.isEmpty {
      let count = text.unicodeScalars.count
      return .integer(name == "count" ? count + 1 : start + (name.hasPrefix("r") ? count : 0))
    }
    if name == "count" { return .integer(text.byteOffsets(of: part).count) }
    let offset =
      name.hasPrefix("r")
      ? text.lastByteOffset(of: part)
      : text.byteOffsets(of: part, limit: 1).first
    if let offset { return .integer(start + text.prefixBytes(offset).unicodeScalars.count) }
    if name.hasSuffix("find") { return .integer(-1) }
    throw TemplateFault(
      "\(Value.quoted(part).shown()) does not occur in \(Value.quoted(text).shown())"
    )
  }

  private static func pieces(
    _ text: String, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> Value {
    if name == "splitlines" {
      let keepsEnds = call.isTrue(0, "keepends")
      return .list(text.lines(keepsEnds: keepsEnds).map { .string($0) })
    }
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

  static func isOfKind(_ text: String, _ name: String) -> Bool {
    let scalars = text.unicodeScalars
    switch name {
    case "isdigit":
      return !text.isEmpty
        && scalars.allSatisfy { [.decimal, .digit].contains($0.properties.numericType) }
    case "isnumeric":
      return !text.isEmpty && scalars.allSatisfy { $0.properties.numericType != nil }
    case "isdecimal":
      return !text.isEmpty && scalars.allSatisfy { $0.properties.numericType == .decimal }
    case "isalpha": return !text.isEmpty && scalars.allSatisfy(\.isPythonLetter)
    case "isalnum": return !text.isEmpty && scalars.allSatisfy(\.isPythonAlphanumeric)
    case "isascii": return scalars.allSatisfy(\.isASCII)
    case "istitle": return isTitle(text)
    case "isspace": return !text.isEmpty && scalars.allSatisfy(\.isPythonSpace)
    case "isupper":
      return scalars.contains(where: \.properties.isUppercase)
        && !scalars.contains(where: \.properties.isLowercase)
    default:
      return scalars.contains(where: \.properties.isLowercase)
        && !scalars.contains(where: \.properties.isUppercase)
    }
  }

  /// Whether capitals stand at the beginnings of words, and only there.
  private static func isTitle(_ text: String) -> Bool {
    var (isInWord, hasCapital) = (false, false)
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      if properties.isUppercase || properties.generalCategory == .titlecaseLetter {
        if isInWord { return false }
        (isInWord, hasCapital) = (true, true)
      } else if properties.isLowercase {
        if !isInWord { return false }
      } else {
        isInWord = false
      }
    }
    return hasCapital
  }
}

extension String {
  var reversedScalars: String { String(scalars: unicodeScalars.reversed()) }

  /// `str.splitlines()`
  var linesAsPython: [String] { lines(keepsEnds: false) }

  /// `str.splitlines(keepends)`
  func lines(keepsEnds: Bool) -> [String] {
    var (lines, line) = ([String](), String.UnicodeScalarView())
    var previous: Unicode.Scalar = " "
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x0a where previous == "\r":
        if keepsEnds { lines[lines.count - 1] += "\n" }
      case 0x0a...0x0d, 0x1c...0x1e, 0x85, 0x2028, 0x2029:
        if keepsEnds { line.append(scalar) }
        lines.append(String(line))
        line = String.UnicodeScalarView()
      default: line.append(scalar)
      }
      previous = scalar
    }
    return line.isEmpty ? lines : lines + [String(line)]
  }

  /// `str.casefold()` where it is the same as `lower()`.
  var caseFolded: String {
    get throws(TemplateFault) {
      guard utf8.allSatisfy({ $0 < 0x80 }) else {
        throw TemplateFault("casefold() takes ASCII only; use lower()")
      }
      return lowercased()
    }
  }

  /// `str.expandtabs(size)`
  func expandingTabs(size: Int) throws(TemplateFault) -> String {
    try Self.checkLength(pieces: byteOffsets(of: "\t").count, of: max(0, size))
    var (result, column) = (String.UnicodeScalarView(), 0)
    for scalar in unicodeScalars {
      switch scalar {
      case "\t":
        let width = size > 0 ? size - column % size : 0
        result.append(contentsOf: repeatElement(" ", count: width))
        column += width
      case "\n", "\r":
        result.append(scalar)
        column = 0
      default:
        result.append(scalar)
        column += 1
      }
    }
    return String(result)
  }

  /// Byte offset of the last occurrence, which may overlap an earlier one.
  package func lastByteOffset(of part: String) -> Int? {
    // From behind the last is the first.
    let (text, part) = (Array(utf8.reversed()), Array(part.utf8.reversed()))
    return ByteSearch(part).firstOffset(in: text, from: 0).map { text.count - $0 - part.count }
  }

  func droppingBytes(_ first: Int, _ last: Int) -> String {
    String(decoding: utf8.dropFirst(first).dropLast(last), as: UTF8.self)
  }
}

extension Value {
  /// What Python's `[start:end]` leaves of `count` elements.
  static func bounds(_ start: Int?, _ end: Int?, of count: Int) -> Range<Int> {
    func clamp(_ value: Int) -> Int { min(max(value < 0 ? value + count : value, 0), count) }
    let first = clamp(start ?? 0)
    return first..<max(first, clamp(end ?? count))
  }
}
