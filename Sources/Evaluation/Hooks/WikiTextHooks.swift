import Formats
import PythonText

/// WikiText: the pages are split into words with spaces around punctuation, which is undone before
/// a model reads them; words and bytes are counted before.
///
/// Merity et al. 2016, "Pointer Sentinel Mixture Models", https://arxiv.org/abs/1609.07843
enum WikiTextHooks {
  static func text(_ document: Document) throws(TemplateFault) -> Value {
    .string(joined(try document.requiredString("page")))
  }

  static func score(
    _ document: Document, _ answers: [LogLikelihoodAnswer], _: HarnessProfile
  ) throws(TemplateFault) -> [String: Double] {
    guard let answer = answers.first, answers.count == 1 else {
      throw TemplateFault("a page has one answer, not \(answers.count)")
    }
    return RollingLogLikelihood.metrics(try document.requiredString("page"), answer)
  }

  private static let beforeBrackets = [
    ("s '", "s'"), (" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", "."), (" : ", ": "), (" ; ", "; "),
    (" . ", ". "), (" ! ", "! "), (" ? ", "? "), (" , ", ", "),
  ]
  private static let brackets: [(Unicode.Scalar, Unicode.Scalar)] = [
    ("(", ")"), ("[", "]"), ("{", "}"), ("\"", "\""), ("'", "'"),
  ]
  private static let afterBrackets = [
    ("= = = =", "===="), ("= = =", "==="), ("= =", "=="), (" \u{b0} ", "\u{b0}"), (" \n", "\n"),
    ("\n ", "\n"), (" N ", " 1 "), (" 's", "'s"),
  ]

  static func joined(_ page: String) -> String {
    var text = page
    for (index, (old, new)) in beforeBrackets.enumerated() {
      text = text.replacing(codePointsOf: old, with: new)
      if index == 0 {
        // A slip of the reference: a pattern's letters where the digit should be.
        for digit in 0...9 {
          text = text.replacing(codePointsOf: "/' \(digit)/", with: "/'[0-9]/")
        }
      }
    }
    for (opening, closing) in brackets { text = tightened(text, opening, closing) }
    for (old, new) in afterBrackets { text = text.replacing(codePointsOf: old, with: new) }
    return text
  }

  /// Removes white space behind each opening mark and before the closing mark that follows it.
  private static func tightened(
    _ text: String, _ opening: Unicode.Scalar, _ closing: Unicode.Scalar
  ) -> String {
    var (result, rest) = (String.UnicodeScalarView(), Substring(text).unicodeScalars)
    while let start = rest.firstIndex(of: opening) {
      let inside = rest[rest.index(after: start)...]
      guard let end = inside.firstIndex(of: closing) else { break }
      result.append(contentsOf: rest[...start])
      result.append(contentsOf: String(inside[..<end]).stripped().unicodeScalars)
      result.append(closing)
      rest = inside[inside.index(after: end)...]
    }
    result.append(contentsOf: rest)
    return String(result)
  }
}
