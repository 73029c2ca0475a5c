import Formats

/// Bounds that no honest template meets, so that a hostile one ends in an error and not in a hang.
///
/// A step is about the time of one small expression. What is copied costs a step for 256 bytes or 8
/// elements; what is read through costs one for 16 bytes or for each element.
final class TemplateBudget {
  private(set) var steps = 5_000_000
  /// Statements, expressions and macros inside each other.
  private var depth = 0
  private static let depthLimit = 400
  /// Lists inside lists.
  private static let nestingLimit = 100
  /// Longest text that a template may write, or join from parts, in bytes.
  static let textLimit = 1 << 26

  func enter() throws(TemplateFault) {
    depth += 1
    if depth > Self.depthLimit { throw TemplateFault("the template calls itself too often") }
    try spend(1)
  }

  func leave() { depth -= 1 }

  func spend(_ count: Int) throws(TemplateFault) {
    let (left, overflows) = steps.subtractingReportingOverflow(count)
    steps = overflows ? -1 : left
    if steps < 0 {
      throw TemplateFault(
        "the template takes too long: it loops too often, or goes too often through long texts or "
          + "lists")
    }
  }

  /// Charges for a value that is read through, whatever is in it.
  func read(_ value: Value) throws(TemplateFault) {
    try charge(value, bytesPerStep: 16, nesting: 0)
  }

  /// Charges for a value that was put together.
  func made(_ value: Value) throws(TemplateFault) {
    try charge(value, bytesPerStep: 256, nesting: 0)
  }

  /// Charges for a text that is copied.
  func copied(bytes: Int) throws(TemplateFault) {
    if bytes > Self.textLimit {
      throw TemplateFault("the text is longer than \(Self.textLimit) bytes")
    }
    try spend(1 + bytes / 256)
  }

  private func charge(
    _ value: Value, bytesPerStep: Int, nesting: Int
  ) throws(TemplateFault) {
    switch value {
    case .string(let text): try spend(1 + text.utf8.count / bytesPerStep)
    case .list(let items), .tuple(let items): try charge(items, bytesPerStep, nesting)
    case .mapping(let mapping):
      try charge(mapping.keys, bytesPerStep, nesting)
      try charge(mapping.values, bytesPerStep, nesting)
    default: try spend(1)
    }
  }

  private func charge(
    _ items: [Value], _ bytesPerStep: Int, _ nesting: Int
  ) throws(TemplateFault) {
    if nesting > Self.nestingLimit { throw TemplateFault("lists are nested too deep") }
    try spend(1)
    for item in items { try charge(item, bytesPerStep: bytesPerStep, nesting: nesting + 1) }
  }
}

extension String {
  /// `replacing` for templates: an error where the result would be too long.
  func replacingInTemplate(
    _ old: String, with new: String, limit: Int
  ) throws(TemplateFault) -> String {
    // Counting is dear, and short texts cannot grow much.
    if max(utf8.count, new.utf8.count) > 2048 {
      let count = old.isEmpty ? unicodeScalars.count + 1 : byteOffsets(of: old).count
      try Self.checkLength(pieces: min(count, limit), of: new.utf8.count)
    }
    return replacing(codePointsOf: old, with: new, limit: limit)
  }

  /// - Throws: `TemplateFault` if so many pieces of `length` bytes are too long together.
  static func checkLength(pieces: Int, of length: Int) throws(TemplateFault) {
    let (total, overflows) = pieces.multipliedReportingOverflow(by: length)
    if overflows || total > Value.sizeLimit {
      throw TemplateFault("the text is longer than \(Value.sizeLimit) bytes")
    }
  }
}
