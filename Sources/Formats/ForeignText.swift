import Foundation

/// Text that came from a file, a model, a server or the command line, made safe to show.
///
/// Error messages quote such text with `shown`, and lists of it with `NameList`; whatever is printed goes through
/// `StandardStreams`; files for other programs use Markup.swift, file names FileName.swift. Nothing else may do it.
extension StringProtocol {
  /// The text on one line without control characters, at most `limit` characters long.
  ///
  /// Control and formatting characters are written as `\u{1b}`. Of a longer text the start is kept, and how much
  /// is missing is said.
  package func shown(limit: Int = 200) -> String {
    var text = ""
    var count = 0
    var scalars = unicodeScalars.makeIterator()
    while count < limit, let scalar = scalars.next() {
      text +=
        ForeignText.isUnsafe(scalar) || scalar == "\n" || scalar == "\t"
        ? ForeignText.escaped(scalar) : String(scalar)
      count += 1
    }
    let left = IteratorSequence(scalars).reduce(0) { count, _ in count + 1 }
    return left == 0 ? text : text + "… (\(left) more characters)"
  }

  /// The text with its lines and tabs, but without what a terminal would act on.
  package var terminalSafe: String {
    guard unicodeScalars.contains(where: ForeignText.isUnsafe) else { return String(self) }
    var text = ""
    var before: Unicode.Scalar?
    for scalar in unicodeScalars {
      // A carriage return stays where it only ends a line.
      if before == "\r" { text += scalar == "\n" ? "\r" : ForeignText.escaped("\r") }
      if scalar != "\r" {
        text += ForeignText.isUnsafe(scalar) ? ForeignText.escaped(scalar) : String(scalar)
      }
      before = scalar
    }
    return before == "\r" ? text + ForeignText.escaped("\r") : text
  }

  /// The text as it may be printed: `terminalSafe`, and in a workflow without anything that its runner takes for a
  /// command (`::error …` at the start of a line, `##[error]` anywhere).
  package func printable(inWorkflow: Bool) -> String {
    let text = terminalSafe
    guard inWorkflow else { return text }
    return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
      line in
      let line = Substring(line)
      let start = line.drop { $0.isWhitespace }
      let inert =
        start.hasPrefix("::")
        ? line.prefix(upTo: start.startIndex) + "\\u{3a}" + start.dropFirst() : line
      return inert.replacing("##[", with: "##\\u{5b}")
    }.joined(separator: "\n")
  }

  /// JSON that decodes to the same value, but whose text is printable.
  ///
  /// Outside strings JSON has none of these characters, and inside them any may be written as an escape.
  package func printableJSON(inWorkflow: Bool) -> String {
    var text = String(self)
    if unicodeScalars.contains(where: ForeignText.isUnsafe) {
      text = ""
      for scalar in unicodeScalars {
        guard ForeignText.isUnsafe(scalar) else {
          text.unicodeScalars.append(scalar)
          continue
        }
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return inWorkflow ? text.replacing("##[", with: "##\\u005b") : text
  }
}

extension StringProtocol {
  /// A whole message of at most about `limit` characters, so that it fits a screen.
  ///
  /// Of a run of characters without a space only start and end are kept, and of the message as a whole too.
  package func fittingScreen(limit: Int = 2000, word: Int = 300) -> String {
    let text = String(self)
    guard text.utf8.count > word else { return text }
    var message = ""
    var run: [Character] = []
    func cut(_ characters: [Character], to limit: Int) -> String {
      guard characters.count > limit else { return String(characters) }
      let left = characters.count - limit
      return String(characters.prefix(limit * 2 / 3)) + "… (\(left) more characters) …"
        + String(characters.suffix(limit / 3))
    }
    for character in text {
      guard character.isWhitespace else {
        run.append(character)
        continue
      }
      message += cut(run, to: word) + String(character)
      run.removeAll(keepingCapacity: true)
    }
    message += cut(run, to: word)
    return cut(Array(message), to: limit)
  }
}

package enum ForeignText {
  /// Whether a terminal, or whoever reads a line of a log, would take `scalar` for something else than a character.
  static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0..<0x20, 0x7F..<0xA0: true
    // Line and paragraph separators, directional marks and overrides, zero-width no-break space.
    case 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
    // Tag characters, which are invisible.
    case 0xE0000...0xE007F: true
    default: false
    }
  }

  static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    default: "\\u{\(String(scalar.value, radix: 16))}"
    }
  }
}
