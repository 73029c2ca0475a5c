/// Compares a generated text with a reference after removing what does not matter.
struct ExactMatch: Sendable {
  var ignoredPatterns: [PythonRegex] = []
  var ignoresCase = false
  var ignoresPunctuation = false
  var ignoresDigits = false

  /// 1 when the normalised texts are equal, else 0.
  func score(_ prediction: String, _ reference: String) throws(TemplateFault) -> Double {
    try normalized(prediction).utf8.elementsEqual(normalized(reference).utf8) ? 1 : 0
  }

  private func normalized(_ text: String) throws(TemplateFault) -> String {
    var text = text
    for pattern in ignoredPatterns { text = try pattern.replace(in: text, with: "") }
    if ignoresCase { text = text.lowercased() }
    if ignoresPunctuation { text.unicodeScalars.removeAll(where: Self.isPunctuation) }
    if ignoresDigits { text.unicodeScalars.removeAll(where: \.isASCIIDigit) }
    return text
  }

  /// Python's `string.punctuation`: every printable ASCII character but letters, digits and space.
  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    (0x21...0x7e).contains(scalar.value) && !scalar.isASCIIDigit
      && !scalar.properties.isAlphabetic
  }
}
