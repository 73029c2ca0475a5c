/// A regular expression of Python's `re`, with its order of trying, its classes and its empty
/// matches.
package struct PythonRegex: Sendable {
  private let program: RegexProgram
  private let leading: RegexSet?
  private let groupNames: [String: Int]

  init(_ pattern: String) throws(TemplateFault) {
    do throws(TemplateFault) {
      var parser = RegexParser(pattern)
      let node = try parser.parse()
      program = try RegexProgram(node, groupCount: parser.groupCount)
      leading = RegexSet(leading: node)
      groupNames = parser.groupNames
    } catch {
      throw TemplateFault(
        "\(TemplateValue.quoted(pattern)) is not a usable regular expression: \(error.message)")
    }
  }

  /// One match: the bounds of the whole and of each group, in code points.
  private struct Match {
    var groups: [Range<Int>?]
    var range: Range<Int> { groups[0] ?? 0..<0 }
  }

  /// `re.findall(pattern, text)`: the whole of each match; with groups, those instead, empty where
  /// they matched nothing.
  func findAll(in text: String) throws(TemplateFault) -> [[String]] {
    let scalars = Array(text.unicodeScalars)
    return try matches(in: scalars).map { match in
      let found = match.groups.count > 1 ? match.groups.dropFirst() : match.groups[...]
      return found.map { $0.map { String(scalars: scalars[$0]) } ?? "" }
    }
  }

  /// `re.sub(pattern, replacement, text, count)`; a count of 0 replaces all.
  func replace(
    in text: String, with replacement: String, count: Int = 0
  ) throws(TemplateFault) -> String {
    let scalars = Array(text.unicodeScalars)
    let template = try RegexReplacement(
      replacement, groupNames: groupNames, groupCount: program.groupCount)
    var result = String.UnicodeScalarView()
    var end = 0
    for match in try matches(in: scalars, limit: count > 0 ? count : .max) {
      result.append(contentsOf: scalars[end..<match.range.lowerBound])
      for part in template.parts {
        switch part {
        case .text(let text): result.append(contentsOf: text.unicodeScalars)
        case .group(let group):
          if let range = match.groups[group] { result.append(contentsOf: scalars[range]) }
        }
      }
      end = match.range.upperBound
    }
    result.append(contentsOf: scalars[end...])
    return String(result)
  }

  /// All matches from left to right, not overlapping; an empty one may touch the one in front of it
  /// unless that is empty too.
  private func matches(
    in text: [Unicode.Scalar], limit: Int = .max
  ) throws(TemplateFault) -> [Match] {
    var matcher = RegexMatcher(program, leading: leading, text: text)
    var matches: [Match] = []
    while matches.count < limit,
      try matcher.search(
        from: matches.last?.range.upperBound ?? 0,
        mustAdvance: matches.last?.range.isEmpty ?? false)
    {
      let groups = (0...program.groupCount).map { group -> Range<Int>? in
        let (start, end) = (matcher.slots[2 * group], matcher.slots[2 * group + 1])
        return start >= 0 && end >= start ? start..<end : nil
      }
      matches.append(Match(groups: groups))
    }
    return matches
  }

  /// `re.escape(text)`: a pattern that matches just this text.
  static func escape(_ text: String) -> String {
    let special = Set("()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".unicodeScalars)
    return String(
      scalars: text.unicodeScalars.flatMap { special.contains($0) ? ["\\", $0] : [$0] })
  }
}
