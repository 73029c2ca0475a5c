/// Says whether a regular expression of Python's `re` matches the whole of a text (`re.fullmatch`).
///
/// It comes from outside: this target has no engine for Python's dialect.
package typealias PatternMatcher = (_ pattern: String, _ text: String) throws -> Bool

/// A key of PEFT's that names modules by a regular expression for the end of their names.
struct ModulePattern {
  let text: String

  /// `re.match(rf"(.*\.)?({text})$", module)`
  func matchesEnd(of module: String, _ matches: PatternMatcher) throws -> Bool {
    guard isPlain else { return try matches("(.*\\.)?(\(text))", module) }
    let (pattern, name) = (Array(text.utf8), Array(module.utf8))
    guard name.count >= pattern.count else { return false }
    let start = name.count - pattern.count
    guard start == 0 || name[start - 1] == UInt8(ascii: ".") else { return false }
    return zip(pattern, name[start...]).allSatisfy { $0 == UInt8(ascii: ".") || $0 == $1 }
  }

  /// Nothing but letters, digits, `_` and `.`, which a whole set of module names usually is; the dot is any character.
  private var isPlain: Bool {
    text.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: false
      }
    }
  }
}
