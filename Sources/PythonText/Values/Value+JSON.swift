import Formats

/// `tojson`, which the two dialects of templates have from different places.
extension Value {
  /// As Jinja has it: ASCII only, keys sorted, characters that matter in HTML escaped.
  func taskJSON(indent: Value?) throws(TemplateFault) -> String {
    var style = JSONStyle()
    if let indent, indent != .null {
      style = try JSONStyle(indent: indent.indentation)
    } else {
      try checkKeys()
    }
    (style.isASCII, style.sortsKeys) = (true, true)
    var text = json(style)
    for (old, new) in [("<", "003c"), (">", "003e"), ("&", "0026"), ("'", "0027")] {
      text = text.replacing(codePointsOf: old, with: "\\u" + new)
    }
    return text
  }

  /// As transformers has it for chats: Python's `json.dumps`, by default without escaping what is not ASCII.
  func chatJSON(_ call: TemplateCall) throws(TemplateFault) -> String {
    try call.check(["ensure_ascii", "indent", "separators", "sort_keys"])
    var style = JSONStyle()
    if let indent = call.value(1, "indent"), indent != .null {
      style = try JSONStyle(indent: indent.indentation)
    }
    style.isASCII = call.isTrue(0, "ensure_ascii")
    style.sortsKeys = call.isTrue(3, "sort_keys")
    if let separators = call.value(2, "separators"), separators != .null {
      guard let texts = separators.items, texts.count == 2, let separator = texts[0].string,
        let colon = texts[1].string
      else { throw TemplateFault("tojson: separators are two texts") }
      (style.separator, style.colon) = (separator, colon)
    }
    return json(style)
  }

  /// What is put in front of each level.
  private var indentation: String {
    get throws(TemplateFault) {
      if let string { return string }
      guard let integerValue, integerValue <= 1000 else {
        throw TemplateFault("tojson: indent is a text or a number up to 1000")
      }
      return String(repeating: " ", count: max(0, integerValue))
    }
  }

  private func checkKeys() throws(TemplateFault) {
    for item in items ?? mapping?.values ?? [] { try item.checkKeys() }
    if let key = mapping?.keys.first(where: { $0.string == nil }) {
      throw TemplateFault("tojson takes dictionaries with str keys, not \(key.typeName)")
    }
  }
}
