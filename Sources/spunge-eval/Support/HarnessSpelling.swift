import Formats

/// lm-evaluation-harness spells some options differently: `--num_fewshot`.
enum HarnessSpelling {
  /// The arguments as they are spelled here: hyphens in the names of options, and no option with a
  /// value that may be missing.
  ///
  /// - Parameter note: takes what is said about options of `score` that have no meaning here.
  /// - Throws: `HarnessSpellingError` for what cannot be followed.
  static func translated(
    _ arguments: [String], note: (String) -> Void = { _ in }
  ) throws(HarnessSpellingError) -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    var hyphened = arguments[..<end].map(hyphenated)
    if hyphened.first == "score" {
      var score = HarnessScoreArguments(hyphened)
      hyphened = try score.translated()
      for remark in score.remarks { note(remark) }
    }
    var result: [String] = []
    for argument in hyphened {
      switch (result.last, argument.lowercased()) {
      case ("--fewshot-as-multiturn", "true"), ("--fewshot-as-multiturn", "1"),
        ("--fewshot-as-multiturn", "yes"):
        break
      case ("--fewshot-as-multiturn", "false"), ("--fewshot-as-multiturn", "0"),
        ("--fewshot-as-multiturn", "no"):
        result[result.count - 1] = "--no-fewshot-as-multiturn"
      case ("--apply-chat-template", let name) where !name.hasPrefix("-"):
        result[result.count - 1] = "--chat-template"
        result.append(argument)
      default: result.append(argument)
      }
    }
    return result + arguments[end...]
  }

  private static func hyphenated(_ argument: String) -> String {
    guard argument.hasPrefix("--") else { return argument }
    let name = argument.prefix { $0 != "=" }
    return String(name).replacing("_", with: "-") + String(argument.dropFirst(name.count))
  }
}

/// Options of lm-evaluation-harness that cannot be followed.
struct HarnessSpellingError: InputFailure, CustomStringConvertible {
  var description: String
}
