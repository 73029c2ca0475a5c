import Formats
import PythonText

/// Compares a generated text with references after removing what does not matter.
struct ExactMatch: Sendable {
  var ignoredPatterns: [PythonRegex] = []
  var ignoresCase = false
  var ignoresPunctuation = false
  var ignoresDigits = false

  /// With one reference the share of responses that equal it, with several whether any equals any.
  ///
  /// - Parameter response: what the filters left: a text or a number, or a list of them.
  func score(
    _ response: Value, _ references: Question.References
  ) throws(TemplateFault) -> Double {
    switch references {
    case .several(let texts):
      let predictions = try normalized(response.items ?? [response])
      let references = try normalized(Self.alike(texts))
      return predictions.contains { references.contains($0) } ? 1 : 0
    case .one(let reference):
      let reference = try response.items == nil ? Self.cast(reference, to: response) : reference
      let predictions = try normalized(response.items ?? [response])
      guard let reference = try normalized([reference]).first, !predictions.isEmpty else {
        return 0
      }
      return Double(predictions.count { $0 == reference }) / Double(predictions.count)
    }
  }

  /// References as one array of the harness holds them: beside a text, numbers are texts too.
  private static func alike(_ references: [Value]) -> [Value] {
    guard references.contains(where: { $0.stringValue != nil }) else { return references }
    return references.map { $0 == .none ? $0 : .string($0.text) }
  }

  /// A reference of the response's type, as the harness converts it.
  private static func cast(
    _ reference: Value, to response: Value
  ) throws(TemplateFault) -> Value {
    let number = reference.doubleValue ?? Double(reference.text.stripped())
    switch (response, reference) {
    case (.string, _): return .string(reference.text)
    case (.integer, .integer), (.float, .float), (.bool, .bool): return reference
    case (.integer, _):
      // Python reads an integer from a text only if it is written as one.
      let whole =
        reference.stringValue.map { Int($0.stripped()) }
        ?? number.flatMap { Int(exactly: $0.rounded(.towardZero)) }
      if let whole { return .integer(whole) }
    case (.float, _): if let number { return .float(number) }
    case (.bool, _): return .bool(reference.isTrue)
    default: break
    }
    throw TemplateFault(
      "the answer \(reference.representation) cannot be compared with \(response.representation)")
  }

  // MARK: Normalisation

  /// Numbers stay; texts lose what does not matter.
  private func normalized(_ values: [Value]) throws(TemplateFault) -> [Value] {
    var texts: [String] = []
    for value in values {
      guard var text = value.stringValue else { continue }
      for pattern in ignoredPatterns { text = try pattern.replace(in: text, with: "") }
      texts.append(text)
    }
    // The harness compares in arrays whose cells are as wide as their longest text.
    let width = texts.map(\.unicodeScalars.count).max() ?? 0
    var rest = texts.map { Value.string(simplified($0, width: width)) }[...]
    return values.map { $0.stringValue == nil ? $0 : rest.popFirst() ?? $0 }
  }

  private func simplified(_ text: String, width: Int) -> String {
    var scalars = text.unicodeScalars
    if ignoresCase {
      scalars = String.UnicodeScalarView(text.lowercasedAsPython.unicodeScalars.prefix(width))
    }
    if ignoresPunctuation { scalars.removeAll(where: Self.isPunctuation) }
    if ignoresDigits { scalars.removeAll(where: \.isASCIIDigit) }
    // Such arrays take zeros at the end for padding.
    while scalars.last == "\0" { scalars.removeLast() }
    return String(scalars)
  }

  /// Python's `string.punctuation`: every printable ASCII character but letters, digits and space.
  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    (0x21...0x7e).contains(scalar.value) && !scalar.isASCIIDigit
      && !scalar.properties.isAlphabetic
  }
}
