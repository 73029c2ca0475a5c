extension PythonRegex {
  /// Whether `pattern`, in the syntax of Python's `re`, matches the whole of `text` (`re.fullmatch`).
  ///
  /// - Throws: `TemplateFault` for a pattern that is not valid, or that takes too many steps.
  package static func matches(_ pattern: String, whole text: String) throws -> Bool {
    // Flags for the whole pattern stand at its very start.
    let flags = pattern.prefixMatch(of: /\(\?[aiLmsux]+\)/)?.output ?? ""
    let regex = try PythonRegex("\(flags)\\A(?:\(pattern.dropFirst(flags.count)))\\Z")
    return try !regex.findAll(in: text).isEmpty
  }
}
