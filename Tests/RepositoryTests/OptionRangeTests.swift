import Testing

/// Numbers on the command line have ranges, so that none of them makes a sum or a product overflow.
struct OptionRangeTests {
  @Test func everyNumberIsChecked() throws {
    let files = try Repository.files(under: "Sources/spunge-eval", extensions: ["swift"])
    let options = files.flatMap { file in Self.unchecked(file.text).map { "\(file.path): \($0)" } }
    #expect(options.isEmpty, "options without OptionRange.check: \(options)")
    let all = files.reduce(0) { $0 + Self.numbers($1.text).count }
    #expect(all >= 25, "\(all) numbers found; is the search still right?")
  }

  @Test func findsWhatIsNotChecked() {
    let text = """
      @Option(help: "Threads.") var threads: Int?
      @Option(
        help: "Steps.")
      var stateInterval = 50
      @Option(help: "Share.") var share = 0.5
      @Option(help: "Seed.") var seed: UInt64 = 1
      var other = 3
      func validate() throws { try OptionRange.check("--threads", threads, 1...2) }
      """
    #expect(Self.unchecked(text) == ["stateInterval", "share"])
  }

  /// Names of the options that hold a number; any seed is one.
  private static func numbers(_ text: String) -> [String] {
    let option = /@Option\b.*?\bvar (\w+)([^\n]*)/.dotMatchesNewlines()
    let number = /(: (Int|Double)\b| = [0-9])/
    return text.matches(of: option).filter { $0.output.2.prefixMatch(of: number) != nil }
      .map { String($0.output.1) }
  }

  private static func unchecked(_ text: String) -> [String] {
    numbers(text).filter { name in
      let flag = name.replacing(/[A-Z]/) { "-" + $0.output.lowercased() }
      return !text.contains("OptionRange.check(\"--\(flag)\", \(name), ")
    }
  }
}
