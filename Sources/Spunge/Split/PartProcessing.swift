/// Processing of the documents before and after splitting (*P* in algorithm 1 of the paper).
package struct PartProcessing: Settings, Hashable {
  /// Column whose number must be in `minimum` … `maximum`; empty for no threshold.
  package var thresholdColumn = ""
  package var minimum = -Double.infinity
  package var maximum = Double.infinity
  /// Whether to append documents outside the threshold to the retain data instead of dropping them.
  package var retainExcluded = false
  /// Column to rank the documents of a part by; empty for no ranking.
  package var topColumn = ""
  /// Number of top-ranked documents to keep per part; 0 keeps all.
  package var top = 0
  /// Whether parts are sampled down to the size of the smallest.
  package var equalSize = false

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "minimum": .any, "maximum": .any, "top": .count,
  ]

  package func validate() throws {
    guard minimum <= maximum else {
      throw SettingsError.Problem.invalid(
        "minimum", given: "\(minimum)", requirement: "at most maximum (\(maximum))")
    }
    guard topColumn.isEmpty == (top == 0) else {
      throw SettingsError.Problem.invalid(
        "top", given: "\(top) of column '\(topColumn)'", requirement: "given with topColumn")
    }
    guard !retainExcluded || !thresholdColumn.isEmpty else {
      throw SettingsError.Problem.invalid(
        "retainExcluded", given: "true", requirement: "false without thresholdColumn")
    }
  }

  /// Splits and processes `documents`.
  ///
  /// - Throws: `SplitError`, and what the splitter throws.
  package func split(
    _ documents: [ForgetDocument], by splitter: any Splitter, in context: inout SplitContext
  ) throws -> Split {
    let (kept, excluded) = try threshold(documents)
    var split = try splitter.split(kept, in: &context)
    if retainExcluded {
      split.retained = excluded
    } else if !excluded.isEmpty {
      split.dropped["'\(thresholdColumn)' is outside \(minimum) … \(maximum)"] = excluded.count
    }
    try rank(&split)
    sample(&split, in: &context)
    return split
  }

  private func threshold(
    _ documents: [ForgetDocument]
  ) throws(SplitError) -> (kept: [ForgetDocument], excluded: [ForgetDocument]) {
    guard !thresholdColumn.isEmpty else { return (documents, []) }
    var (kept, excluded): ([ForgetDocument], [ForgetDocument]) = ([], [])
    for document in documents {
      let number = try document.number(thresholdColumn)
      if minimum <= number, number <= maximum {
        kept.append(document)
      } else {
        excluded.append(document)
      }
    }
    if kept.isEmpty, !documents.isEmpty {
      throw .nothingLeft(column: thresholdColumn, documents: documents.count)
    }
    return (kept, excluded)
  }

  /// Keeps the `top` documents of each part, in the order of the corpus; ties keep the earlier ones.
  private func rank(_ split: inout Split) throws(SplitError) {
    guard top > 0 else { return }
    var dropped = 0
    var parts: [ForgetPart] = []
    for part in split.parts {
      var numbers: [Double] = []
      for document in part.documents { numbers.append(try document.number(topColumn)) }
      let order = numbers.indices.sorted { (-numbers[$0], $0) < (-numbers[$1], $1) }
      let kept = order.prefix(top).sorted()
      dropped += part.documents.count - kept.count
      parts.append(ForgetPart(name: part.name, documents: kept.map { part.documents[$0] }))
    }
    split.parts = parts
    if dropped > 0 { split.dropped["not among the top \(top) by '\(topColumn)'"] = dropped }
  }

  private func sample(_ split: inout Split, in context: inout SplitContext) {
    guard equalSize, let smallest = split.parts.map(\.documents.count).min() else { return }
    let before = split.parts.reduce(0) { $0 + $1.documents.count }
    split.parts = split.parts.map { part in
      let kept = context.shuffled(part.documents.count).prefix(smallest).sorted()
      return ForgetPart(name: part.name, documents: kept.map { part.documents[$0] })
    }
    let dropped = before - smallest * split.parts.count
    if dropped > 0 { split.dropped["sampled to the smallest part's size"] = dropped }
  }
}

extension ForgetDocument {
  /// The value of a column.
  func attribute(_ name: String) throws(SplitError) -> String {
    guard let value = attributes[name] else {
      throw .missingAttribute(name, file: file, line: line, known: attributes.keys.sorted())
    }
    return value
  }

  /// The number in a column.
  func number(_ column: String) throws(SplitError) -> Double {
    let text = try attribute(column)
    guard let number = Double(text), number.isFinite else {
      throw .notANumber(text, column: column, file: file, line: line)
    }
    return number
  }
}
