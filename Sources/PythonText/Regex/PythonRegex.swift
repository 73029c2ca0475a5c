import Formats

/// A regular expression of Python's `re`, with its order of trying, its classes and its empty
/// matches.
package struct PythonRegex: Sendable {
  private let pattern: String
  private let program: RegexProgram
  private let leading: RegexSet?
  private let groupNames: [String: Int]

  package init(_ pattern: String) throws(TemplateFault) {
    self.pattern = pattern
    do throws(TemplateFault) {
      var parser = RegexParser(pattern)
      let node = try parser.parse()
      program = try RegexProgram(node, groupCount: parser.groupCount)
      leading = RegexSet(leading: node)
      groupNames = parser.groupNames
    } catch {
      throw TemplateFault(
        "\(Value.quoted(pattern).shown()) is not a usable regular expression: \(error.message)"
      )
    }
  }

  /// One match: the bounds of the whole and of each group, in code points.
  private struct Match {
    var groups: [Range<Int>?]
    var range: Range<Int> { groups[0] ?? 0..<0 }
  }

  /// `re.findall(pattern, text)`: the whole of each match; with groups, those instead, empty where
  /// they matched nothing.
  package func findAll(
    in text: String, _ effort: RegexEffort = RegexEffort()
  ) throws(TemplateFault) -> [[String]] {
    let scalars = Array(text.unicodeScalars)
    return try matches(in: scalars, effort).map { match in
      let found = match.groups.count > 1 ? match.groups.dropFirst() : match.groups[...]
      return found.map { $0.map { String(scalars: scalars[$0]) } ?? "" }
    }
  }

  /// `re.sub(pattern, replacement, text, count)`; a count of 0 replaces all.
  package func replace(
    in text: String, with replacement: String, count: Int = 0,
    _ effort: RegexEffort = RegexEffort()
  ) throws(TemplateFault) -> String {
    let scalars = Array(text.unicodeScalars)
    let template = try RegexReplacement(
      replacement, groupNames: groupNames, groupCount: program.groupCount)
    var result = String.UnicodeScalarView()
    var (end, added) = (0, 0)
    for match in try matches(in: scalars, limit: count > 0 ? count : .max, effort) {
      result.append(contentsOf: scalars[end..<match.range.lowerBound])
      for part in template.parts {
        switch part {
        case .text(let text):
          added += text.utf8.count
          result.append(contentsOf: text.unicodeScalars)
        case .group(let group):
          guard let range = match.groups[group] else { continue }
          added += range.count
          result.append(contentsOf: scalars[range])
        }
      }
      guard added <= Value.sizeLimit else {
        throw TemplateFault("replacing \(shownPattern) makes the text too long")
      }
      end = match.range.upperBound
    }
    result.append(contentsOf: scalars[end...])
    return String(result)
  }

  private var shownPattern: String { "'\(pattern.shown())'" }

  /// All matches from left to right, not overlapping; an empty one may touch the one in front of it
  /// unless that is empty too.
  private func matches(
    in text: [Unicode.Scalar], limit: Int = .max, _ effort: RegexEffort
  ) throws(TemplateFault) -> [Match] {
    var matcher = RegexMatcher(program, leading: leading, text: text, stepLimit: effort.limit)
    var matches: [Match] = []
    do throws(TemplateFault) {
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
        if matches.count * (program.groupCount + 1) > Self.groupLimit {
          throw TemplateFault("it matches more than \(matches.count) times")
        }
      }
    } catch {
      throw TemplateFault("the regular expression \(shownPattern): \(error.message)")
    }
    effort.spent += matcher.steps
    return matches
  }

  /// Groups of all matches together.
  private static let groupLimit = 1 << 22

  /// `re.escape(text)`: a pattern that matches just this text.
  package static func escape(_ text: String) -> String {
    let special = Set("()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".unicodeScalars)
    return String(
      scalars: text.unicodeScalars.flatMap { special.contains($0) ? ["\\", $0] : [$0] })
  }
}
