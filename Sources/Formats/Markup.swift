/// Foreign text in what we write for other programs: one function for each format, and no other does it.
///
/// None lets a control character through; what JSON needs, its encoder does.
extension StringProtocol {
  /// A field of comma-separated values (RFC 4180), which no spreadsheet takes for a formula.
  ///
  /// A text that begins like a formula gets an apostrophe before it, as OWASP recommends; numbers stay numbers.
  package var csvField: String {
    var text = terminalSafe
    let start = text.drop { $0 == " " }.first
    if let start, "=+-@\t\n＝＋－＠".contains(start), Double(text) == nil { text = "'" + text }
    // Carriage return and line feed together are one character.
    guard text.unicodeScalars.contains(where: { [",", "\"", "\n"].contains($0) }) else {
      return text
    }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// Text in GitHub-flavoured Markdown that means only itself, on one line, also in a cell of a table.
  package var markdown: String {
    let scalars = Array(oneLine.drop { $0 == " " }.unicodeScalars)
    var result = ""
    for (index, scalar) in scalars.enumerated() {
      let next = index + 1 < scalars.count ? scalars[index + 1] : " "
      let isSpecial =
        switch scalar {
        case "|", "*", "_", "`", "<", "\\", "~", "$": true
        // Links, images, footnotes and their definitions; an interval in brackets is none.
        case "]": ["(", "[", ":"].contains(next)
        // `&lt;`
        case "&": next == "#" || next.properties.isAlphabetic
        // At a line's start they would make a heading, a quotation, a list or a rule.
        case "#", ">", "+", "-", "=": index == 0
        // `www.` makes a link by itself, `1. ` a list.
        case ".", ")":
          result.hasSuffix("www") || next == " " && result.allSatisfy { ("0"..."9").contains($0) }
        case "/": result.hasSuffix(":")
        default: false
        }
      if isSpecial { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  /// A name in Markdown as code, or as text where it could end the code.
  package var markdownCode: String {
    let line = oneLine
    let isPlain = !line.isEmpty && !line.contains { "`|\\".contains($0) } && line.first != " "
    return isPlain ? "`\(line)`" : line.markdown
  }

  /// Text in LaTeX, without packages.
  package var latex: String {
    var result = ""
    for scalar in oneLine.drop(while: { $0 == " " }).unicodeScalars {
      switch scalar {
      case "&", "%", "$", "#", "_", "{", "}": result += "\\\(scalar)"
      case "\\": result += "\\textbackslash{}"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "±": result += "$\\pm$"
      case "−": result += "$-$"
      case "·": result += "$\\cdot$"
      case "<", ">": result += "$\(scalar)$"
      case "—": result += "---"
      case "⚠": result += "$\\triangle$"
      case "≤": result += "$\\leq$"
      case "≥": result += "$\\geq$"
      case "↑": result += "$\\uparrow$"
      case "↓": result += "$\\downarrow$"
      // After the `\\` of the row before they would be its argument.
      case "[", "*": result += result.isEmpty ? "{\(scalar)}" : String(scalar)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Text in XML 1.0 and HTML, in elements and in quoted attributes; what XML forbids becomes U+FFFD.
  package var xml: String {
    var result = ""
    result.reserveCapacity(utf8.count)
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case "\r": result += " "
      case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The text of an annotation that a GitHub workflow command makes.
  package var workflowData: String {
    terminalSafe.replacing("##[", with: "##\\u{5b}").replacing("%", with: "%25")
      .replacing("\r\n", with: "%0A").replacing("\n", with: "%0A")
  }

  /// The value of a property of a GitHub workflow command.
  package var workflowProperty: String {
    workflowData.replacing(":", with: "%3A").replacing(",", with: "%2C")
  }

  /// A cell of aligned columns or the name in a line of text: one line, nothing left out.
  package var oneLine: String {
    let text = String(self).replacing("\r\n", with: " ")
    guard text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value > 0x7E }) else {
      return text
    }
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { "\n\r\t\u{2028}\u{2029}".unicodeScalars.contains($0) ? " " : $0 })
    )
    .terminalSafe
  }
}
