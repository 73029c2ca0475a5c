import Formats

/// Accepts options in the spelling of lm-evaluation-harness, such as `--num_fewshot`.
enum HarnessSpelling {
  /// The arguments in this program's spelling: option names have hyphens, and no option has an optional value.
  ///
  /// - Parameter note: receives notes about options of `score` that have no effect here.
  /// - Throws: `HarnessSpellingError` for unsupported options.
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

/// An unsupported option of lm-evaluation-harness.
struct HarnessSpellingError: InputFailure, CustomStringConvertible {
  var description: String
}
