/// lm-evaluation-harness spells its options with low lines: `--num_fewshot`.
enum HarnessSpelling {
  /// The arguments with hyphens in the names of options, which is how they are spelled here.
  static func hyphenated(_ arguments: [String]) -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return arguments[..<end].map(hyphenated) + arguments[end...]
  }

  private static func hyphenated(_ argument: String) -> String {
    guard argument.hasPrefix("--") else { return argument }
    let name = argument.prefix { $0 != "=" }
    return String(name).replacing("_", with: "-") + String(argument.dropFirst(name.count))
  }
}
