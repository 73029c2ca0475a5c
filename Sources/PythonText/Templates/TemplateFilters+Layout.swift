import Formats

extension TemplateFilters {
  /// Filters that set texts.
  static let ofLayout: [String: Filter] = [
    "center": { value, call in
      let width = try call.integer(0, "width") ?? 80
      return .string(try value.text.padded(to: width, with: " ", .both))
    },
    "indent": { value, call in
      let width = call.value(0, "width") ?? .integer(4)
      guard let count = width.stringValue.map({ _ in 0 }) ?? width.integerValue else {
        throw TemplateFault("indent takes a number or a text, not a \(width.typeName)")
      }
      try String.checkLength(pieces: max(0, count), of: 1)
      let space = width.stringValue ?? String(repeating: " ", count: max(0, count))
      let lines = (value.text + "\n").linesAsPython
      try String.checkLength(pieces: lines.count, of: space.utf8.count)
      let isBlankIndented = call.isTrue(2, "blank")
      let rest = lines.dropFirst().map { $0.isEmpty && !isBlankIndented ? $0 : space + $0 }
      let text = ([lines[0]] + rest).joined(separator: "\n")
      return .string(call.isTrue(1, "first") ? space + text : text)
    },
    "truncate": { value, call in
      let text = value.text
      let length = try call.integer(0, "length") ?? 255
      let end = try call.string(2, "end") ?? "..."
      let leeway = try call.integer(3, "leeway") ?? 5
      let endCount = end.unicodeScalars.count
      guard length >= endCount, leeway >= 0, leeway < 1 << 40, length < 1 << 40 else {
        throw TemplateFault("truncate: the length must be at least that of '\(end.shown())'")
      }
      if text.unicodeScalars.count <= length + leeway { return .string(text) }
      let start = String(text.unicodeScalars.prefix(length - endCount))
      guard !call.isTrue(1, "killwords"), let space = start.lastByteOffset(of: " ") else {
        return .string(start + end)
      }
      return .string(start.prefixBytes(space) + end)
    },
    "format": { value, call in
      .string(
        try PythonFormat.text(
          value.text,
          call.named.isEmpty ? .tuple(call.positional) : .mapping(Mapping(call.named))))
    },
  ]
}

extension String {
  enum Padding { case left, right, both }

  /// Python's `str.rjust`, `ljust` and `center`: what is padded is the given side.
  func padded(
    to width: Int, with filler: String, _ side: Padding
  ) throws(TemplateFault) -> String {
    guard filler.unicodeScalars.count == 1 else {
      throw TemplateFault("the fill character must be exactly one character long")
    }
    let missing = width - Swift.min(unicodeScalars.count, Swift.max(width, 0))
    guard width > 0, missing > 0 else { return self }
    try Self.checkLength(pieces: missing, of: filler.utf8.count)
    let left =
      switch side {
      case .left: missing
      case .right: 0
      case .both: missing / 2 + (missing & width & 1)
      }
    return String(repeating: filler, count: left) + self
      + String(repeating: filler, count: missing - left)
  }

  func prefixBytes(_ count: Int) -> String { String(decoding: utf8.prefix(count), as: UTF8.self) }
}
