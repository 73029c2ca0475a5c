/// Estimates text widths without knowing the font that a browser will pick.
enum TextMetrics {
  /// Advance widths of Helvetica for U+0020…U+007E, in thousandths of the font's size.
  private static let widths: [Double] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
  ]

  /// Width in pixels, with a sixth to spare for wider fonts than Helvetica.
  static func width(_ text: String, size: Double = 12) -> Double {
    let sum = text.unicodeScalars.reduce(0.0) { sum, scalar in
      switch scalar.value {
      case 0x20...0x7E: sum + widths[Int(scalar.value) - 0x20]
      case 0x300...0x36F: sum
      case 0x1100...: scalar.value < 0x2000 || scalar.value > 0x206F ? sum + 1000 : sum + 600
      default: sum + 600
      }
    }
    return sum / 1000 * size * 1.17
  }

  /// `text`, cut with an ellipsis so that it is at most `width` pixels wide.
  static func fitted(_ text: String, width limit: Double, size: Double = 12) -> String {
    guard width(text, size: size) > limit else { return text }
    var shown = ""
    for character in text {
      guard width(shown + String(character) + "…", size: size) <= limit else { break }
      shown.append(character)
    }
    return shown + "…"
  }

  /// At most `lines` lines of at most `width` pixels, broken at blanks, slashes and underscores.
  static func wrapped(
    _ text: String, width limit: Double, lines: Int, size: Double = 12
  ) -> [String] {
    var result: [String] = []
    var current = ""
    for word in words(text) {
      let longer = current + word
      if !current.isEmpty, width(longer.trimmed, size: size) > limit, result.count < lines - 1 {
        result.append(current.trimmed)
        current = word
      } else {
        current = longer
      }
    }
    result.append(current.trimmed)
    return result.map { fitted($0, width: limit, size: size) }
  }

  /// The text in pieces that a line may end after.
  private static func words(_ text: String) -> [String] {
    var pieces: [String] = []
    var piece = ""
    for character in text {
      piece.append(character)
      if character.isWhitespace || "/_-·".contains(character) {
        pieces.append(piece)
        piece = ""
      }
    }
    return piece.isEmpty ? pieces : pieces + [piece]
  }
}

extension String {
  /// Without blanks at its ends.
  fileprivate var trimmed: String {
    let start = drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }
}
