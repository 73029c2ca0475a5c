import Foundation
import Tensors

extension TokenizerJSON {
  func normalizers(_ value: JSONValue?) throws -> [Normalizer] {
    guard let step = value?.object else { return [] }
    switch step["type"]?.string {
    case "NFC": return [.nfc]
    case "NFD": return [.nfd]
    case "NFKC": return [.nfkc]
    case "NFKD": return [.nfkd]
    case "Lowercase": return [.lowercase]
    case "Strip":
      return [
        .strip(
          left: step["strip_left"]?.bool ?? true, right: step["strip_right"]?.bool ?? true)
      ]
    case "Prepend": return [.prepend(step["prepend"]?.string ?? "")]
    case "Replace":
      guard let old = step["pattern"]?.object?["String"]?.string else {
        throw unsupported("normalizer Replace with a regular expression", ["a String pattern"])
      }
      return [.replace(old, with: step["content"]?.string ?? "")]
    case "Sequence":
      return try (step["normalizers"]?.array ?? []).flatMap { try normalizers($0) }
    default:
      throw unsupported(
        "normalizer '\(step["type"]?.string ?? "?")'",
        ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Strip", "Prepend", "Replace", "Sequence"])
    }
  }

  func preTokenizer(_ value: JSONValue?) throws -> PreTokenizer? {
    guard let step = value?.object else { return nil }
    switch step["type"]?.string {
    case "ByteLevel":
      return .byteLevel(
        addsPrefixSpace: step["add_prefix_space"]?.bool ?? true,
        usesPattern: step["use_regex"]?.bool ?? true)
    case "Digits": return .digits(individual: step["individual_digits"]?.bool ?? false)
    case "Split": return .split(try patternSplit(step))
    case "Metaspace":
      let scheme = step["prepend_scheme"]?.string
      let old = step["add_prefix_space"]?.bool ?? true
      return .metaspace(
        PatternMetaspace(
          replacement: step["replacement"]?.string ?? "▁",
          scheme: scheme.flatMap(PatternMetaspace.Scheme.init) ?? (old ? .always : .never),
          splits: step["split"]?.bool ?? true))
    case "Sequence":
      return .sequence(
        try (step["pretokenizers"]?.array ?? []).compactMap { try preTokenizer($0) })
    default:
      throw unsupported(
        "pre-tokenizer '\(step["type"]?.string ?? "?")'",
        ["ByteLevel", "Digits", "Split", "Metaspace", "Sequence"])
    }
  }

  private func patternSplit(_ step: JSONObject) throws -> PatternSplit {
    let source = step["pattern"]?.object
    let literal = source?["String"]?.string.map(NSRegularExpression.escapedPattern)
    guard let text = literal ?? source?["Regex"]?.string else {
      throw invalid("pre_tokenizer.Split", "has no pattern")
    }
    let pattern: NSRegularExpression
    do { pattern = try NSRegularExpression(pattern: text) } catch {
      throw invalid("pre_tokenizer.Split", "'\(text)' is no regular expression: \(error)")
    }
    guard let behavior = PatternSplit.Behavior(rawValue: step["behavior"]?.string ?? "") else {
      throw unsupported(
        "Split behavior '\(step["behavior"]?.string ?? "?")'",
        ["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"])
    }
    return PatternSplit(
      pattern: pattern, behavior: behavior, inverted: step["invert"]?.bool ?? false)
  }

  /// Special tokens before and after a single text.
  func template(_ value: JSONValue?) throws -> (prefix: [Int32], suffix: [Int32]) {
    guard let step = value?.object else { return ([], []) }
    switch step["type"]?.string {
    case "ByteLevel": return ([], [])
    case "RobertaProcessing", "BertProcessing":
      let id = { (key: String) in
        (step[key]?.array?.last?.integer).flatMap { Int32(exactly: $0) }
      }
      guard let begin = id("cls"), let end = id("sep") else {
        throw invalid("post_processor", "wants cls and sep")
      }
      return ([begin], [end])
    case "TemplateProcessing": return try templateProcessing(step)
    case "Sequence":
      return try (step["processors"]?.array ?? []).reduce(([], [])) { sum, next in
        let (prefix, suffix) = try template(next)
        return (prefix + sum.0, sum.1 + suffix)
      }
    default:
      throw unsupported(
        "post-processor '\(step["type"]?.string ?? "?")'",
        ["ByteLevel", "RobertaProcessing", "BertProcessing", "TemplateProcessing", "Sequence"])
    }
  }

  private func templateProcessing(_ step: JSONObject) throws -> (prefix: [Int32], suffix: [Int32]) {
    var (prefix, suffix): ([Int32], [Int32]) = ([], [])
    var isAfter = false
    for piece in (step["single"]?.array ?? []).compactMap(\.object) {
      if piece["Sequence"] != nil { isAfter = true }
      guard let name = piece["SpecialToken"]?.object?["id"]?.string else { continue }
      let ids = step["special_tokens"]?.object?[name]?.object?["ids"]?.array ?? []
      let small = ids.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
      guard !small.isEmpty else { throw invalid("post_processor", "'\(name)' has no ids") }
      if isAfter { suffix += small } else { prefix += small }
    }
    return (prefix, suffix)
  }

  private func unsupported(_ component: String, _ supported: [String]) -> TokenizerError {
    .unsupported(path: path, component: component, supported: supported)
  }
}
