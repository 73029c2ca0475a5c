import Foundation

/// A regular expression in Python's dialect, translated to Foundation's.
struct PythonRegex: Sendable {
  private let expression: NSRegularExpression

  init(_ pattern: String) throws(TemplateFault) {
    let translated = pattern.replacing(codePointsOf: "(?P<", with: "(?<")
    do {
      expression = try NSRegularExpression(
        pattern: translated, options: [.useUnixLineSeparators])
    } catch {
      throw TemplateFault("\(TemplateValue.quoted(pattern)) is not a regular expression")
    }
  }

  /// The matched parts of a text, not overlapping.
  func matches(in text: String) -> [String] {
    let source = text as NSString
    let range = NSRange(location: 0, length: source.length)
    return expression.matches(in: text, range: range).map { source.substring(with: $0.range) }
  }

  /// `re.sub(pattern, replacement, text, count)`; a count of 0 replaces all.
  func replace(in text: String, with replacement: String, count: Int = 0) -> String {
    let source = text as NSString
    let template = Self.translate(replacement)
    let matches = expression.matches(
      in: text, range: NSRange(location: 0, length: source.length))
    var (result, end) = ("", 0)
    for match in count > 0 ? matches.prefix(count) : matches[...] {
      result += source.substring(with: NSRange(location: end, length: match.range.location - end))
      result += expression.replacementString(for: match, in: text, offset: 0, template: template)
      end = match.range.location + match.range.length
    }
    return result + source.substring(from: end)
  }

  /// `\1` and `\g<name>` become `$1` and `${name}`; dollars become ordinary.
  private static func translate(_ replacement: String) -> String {
    var (result, scalars) = ("", Array(replacement.unicodeScalars)[...])
    while let scalar = scalars.popFirst() {
      guard scalar == "\\", let next = scalars.first else {
        result += scalar == "$" || scalar == "\\" ? "\\\(scalar)" : String(scalar)
        continue
      }
      scalars.removeFirst()
      switch next {
      case "n": result += "\n"
      case "t": result += "\t"
      case "0"..."9": result += "$\(next)"
      case "g" where scalars.first == "<":
        let name = String(scalars: scalars.dropFirst().prefix { $0 != ">" })
        scalars = scalars.dropFirst(name.unicodeScalars.count + 2)
        result += name.isASCIIDigits ? "$\(name)" : "${\(name)}"
      default: result += "\\\(next)"
      }
    }
    return result
  }
}
