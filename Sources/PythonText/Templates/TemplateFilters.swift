import Formats
import Foundation

/// The filters that may follow `|`.
enum TemplateFilters {
  typealias Filter = @Sendable (Value, TemplateCall) throws -> Value

  static let names: [String] = (table.keys + ["attr"]).sorted()
  /// Filters that take nothing for an answer.
  static let acceptsUndefined: Set<String> = ["default", "d"]
  /// Filters of Jinja that are not here → why.
  static let refused = [
    "pprint": "write the value itself, or 'tojson'", "random": "prompts must not change by chance",
    "striptags": "prompts are no HTML", "urlize": "prompts are no HTML",
    "wordwrap": "break lines in the data", "xmlattr": "prompts are no HTML",
  ]

  /// Names of arguments by position, the filtered value not counted; `*` for any.
  private static let parameters: [String: [String]] = [
    "batch": ["linecount", "fill_with"], "center": ["width"],
    "d": ["default_value", "boolean"], "default": ["default_value", "boolean"],
    "dictsort": ["case_sensitive", "by", "reverse"], "filesizeformat": ["binary"],
    "float": ["default"], "format": ["*"], "groupby": ["attribute", "default", "case_sensitive"],
    "indent": ["width", "first", "blank"], "int": ["default", "base"], "join": ["d", "attribute"],
    "map": ["*"], "max": ["case_sensitive", "attribute"], "min": ["case_sensitive", "attribute"],
    "regex_replace": ["pattern", "repl", "count"], "reject": ["*"], "rejectattr": ["*"],
    "replace": ["old", "new", "count"], "round": ["precision", "method"], "select": ["*"],
    "selectattr": ["*"], "slice": ["slices", "fill_with"],
    "sort": ["reverse", "case_sensitive", "attribute"], "sum": ["attribute", "start"],
    "trim": ["chars"], "truncate": ["length", "killwords", "end", "leeway"],
    "unique": ["case_sensitive", "attribute"],
  ]

  static func apply(
    _ name: String, to value: Value, _ arguments: TemplateArguments<Value>,
    _ budget: TemplateBudget, _ dialect: TemplateDialect
  ) throws(TemplateFault) -> Value {
    for argument in arguments.positional { try budget.read(argument) }
    for argument in arguments.named { try budget.read(argument.value) }
    let call = TemplateCall(name: name, arguments, budget, dialect)
    if name == "tojson" {
      if dialect == .chat { return .string(try value.chatJSON(call)) }
      try call.check(["indent"])
      return .string(try value.taskJSON(indent: call.value(0, "indent")))
    }
    guard let filter = table[name] else {
      throw TemplateFault("unknown filter '\(name.shown())'")
    }
    try call.check(parameters[name] ?? [])
    return try TemplateFault.only { try filter(value, call) }
  }

  private static let table: [String: Filter] =
    ofText.merging(ofNumbers) { left, _ in left }
    .merging(ofLayout) { left, _ in left }
    .merging(ofCollections) { left, _ in left }
    .merging(ofGroups) { left, _ in left }
    .merging(ofSelections) { left, _ in left }
    .merging(["tojson": { value, _ in value }]) { left, _ in left }

  private static let ofText: [String: Filter] = [
    "string": { value, _ in .string(value.text) },
    "safe": { value, _ in .string(value.text) },
    "escape": escape, "e": escape, "forceescape": escape,
    "lower": { value, _ in .string(value.text.lowercasedAsPython) },
    "upper": { value, _ in .string(value.text.uppercased()) },
    "capitalize": { value, _ in .string(value.text.capitalizedAsPython) },
    "title": { value, _ in .string(titleWords(value.text)) },
    "trim": { value, call in .string(value.text.stripped(try call.string(0, "chars"))) },
    "replace": { value, call in
      let count = try call.integer(2, "count") ?? -1
      return .string(
        try value.text.replacingInTemplate(
          try call.required(0, "old").text, with: try call.required(1, "new").text,
          limit: count < 0 ? .max : count))
    },
    "regex_replace": { value, call in
      guard let text = value.stringValue else {
        throw TemplateFault("regex_replace takes a str, not a \(value.typeName)")
      }
      let source = try call.requiredString(0, "pattern")
      // Reading a pattern costs far more than its length.
      try call.budget.spend(50 + source.utf8.count)
      let effort = RegexEffort(limit: call.budget.steps * effortPerStep)
      let replaced = try PythonRegex(source).replace(
        in: text, with: try call.requiredString(1, "repl"),
        count: try call.integer(2, "count") ?? 0, effort)
      try call.budget.spend(effort.spent / effortPerStep)
      return .string(replaced)
    },
    "default": defaultValue, "d": defaultValue,
    "wordcount": { value, _ in
      .integer(
        value.text.unicodeScalars.split { !($0 == "_" || $0.isPythonAlphanumeric) }.count)
    },
    "urlencode": { value, _ in .string(try urlEncoded(value)) },
  ]

  /// Steps of a regular expression for one of a template.
  private static let effortPerStep = 40

  private static let defaultValue: Filter = { value, call in
    call.isTrue(1, "boolean") && !value.isTrue
      ? call.value(0, "default_value") ?? .string("") : value
  }

  private static let escape: Filter = { value, _ in
    var text = value.text
    for (old, new) in [
      ("&", "&amp;"), (">", "&gt;"), ("<", "&lt;"), ("'", "&#39;"), ("\"", "&#34;"),
    ] { text = text.replacing(codePointsOf: old, with: new) }
    return .string(text)
  }

  /// Jinja's `title`: words are separated by white space, hyphens and opening brackets.
  private static func titleWords(_ text: String) -> String {
    let separators = "-({[<".unicodeScalars
    if text.utf8.allSatisfy({ $0 < 0x80 }) {
      var startsWord = true
      let bytes = text.utf8.map { byte in
        defer {
          let scalar = Unicode.Scalar(byte)
          startsWord = scalar.isPythonSpace || separators.contains(scalar)
        }
        let isLetter = (0x41...0x5a).contains(byte & 0xdf)
        return !isLetter ? byte : startsWord ? byte & 0xdf : byte | 0x20
      }
      return String(decoding: bytes, as: UTF8.self)
    }
    // The rest of a word is lowered as a whole: a sigma at its end differs.
    var (result, word) = ("", String.UnicodeScalarView())
    func finish() {
      guard let first = word.first else { return }
      result += first.properties.uppercaseMapping + String(word.dropFirst()).lowercasedAsPython
      word = String.UnicodeScalarView()
    }
    for scalar in text.unicodeScalars {
      if scalar.isPythonSpace || separators.contains(scalar) {
        finish()
        result.unicodeScalars.append(scalar)
      } else {
        word.append(scalar)
      }
    }
    finish()
    return result
  }

  /// A text, or the pairs of a dictionary or list, as they stand in an address.
  private static func urlEncoded(_ value: Value) throws(TemplateFault) -> String {
    func quoted(_ value: Value, inQuery: Bool) -> String {
      var text = ""
      for byte in value.text.utf8 {
        let scalar = Unicode.Scalar(byte)
        if scalar.isASCIIDigit || (0x41...0x5a).contains(byte & 0xdf) && byte < 0x80
          || "_.-~".unicodeScalars.contains(scalar) || !inQuery && byte == UInt8(ascii: "/")
        {
          text.unicodeScalars.append(scalar)
        } else if inQuery, byte == 0x20 {
          text += "+"
        } else {
          text += "%" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
      }
      return text
    }
    var pairs: [Value]
    switch value {
    case .mapping(let mapping):
      pairs = zip(mapping.keys, mapping.values).map { .tuple([$0, $1]) }
    case .list(let items), .tuple(let items): pairs = items
    default: return quoted(value, inQuery: false)
    }
    var parts: [String] = []
    for pair in pairs {
      guard let items = pair.items, items.count == 2 else {
        throw TemplateFault("urlencode takes texts, dictionaries and pairs")
      }
      parts.append(quoted(items[0], inQuery: true) + "=" + quoted(items[1], inQuery: true))
    }
    return parts.joined(separator: "&")
  }
}
