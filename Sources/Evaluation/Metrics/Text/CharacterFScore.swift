import PythonText

extension TextMetric {
  /// chrF: how many stretches of up to six letters text and reference share, recall counting twice
  /// as much as precision.
  ///
  /// Popović 2015, https://doi.org/10.18653/v1/W15-3049
  static let chrF = characterFScore("chrf", wordOrders: 0)

  /// chrF++: words and pairs of words count too.
  ///
  /// Popović 2017, https://doi.org/10.18653/v1/W17-4770
  static let chrFWithWords = characterFScore("chrf++", wordOrders: 2)

  /// Counts: for each order the stretches of the text, of the reference, and of both.
  private static func characterFScore(_ name: String, wordOrders: Int) -> TextMetric {
    TextMetric(
      name: name, size: 3 * (CharacterFScore.letterOrders + wordOrders),
      count: { (text, reference) throws(TemplateFault) in
        let (letters, right) = (
          CharacterFScore.letters(text), CharacterFScore.letters(reference)
        )
        var counts: [Double] = []
        for order in 1...CharacterFScore.letterOrders {
          counts += CharacterFScore.counts(letters, right, order)
        }
        let (words, rightWords) = (
          CharacterFScore.words(text), CharacterFScore.words(reference)
        )
        for order in 0..<wordOrders {
          counts += CharacterFScore.counts(words, rightWords, order + 1)
        }
        return counts
      },
      score: CharacterFScore.score)
  }
}

enum CharacterFScore {
  static let letterOrders = 6
  /// Weight of recall against precision, squared.
  private static let weight = 4.0

  static func score(_ counts: [Double]) -> Double {
    var (precision, recall, orders) = (0.0, 0.0, 0.0)
    for start in stride(from: 0, to: counts.count, by: 3) {
      let (own, right, common) = (counts[start], counts[start + 1], counts[start + 2])
      guard own > 0, right > 0 else { continue }
      precision += common / own
      recall += common / right
      orders += 1
    }
    guard orders > 0, precision + recall > 0 else { return 0 }
    precision /= orders
    recall /= orders
    return 100 * ((1 + weight) * precision * recall / (weight * precision + recall))
  }

  static func counts<Piece: Hashable>(
    _ own: [Piece], _ right: [Piece], _ order: Int
  ) -> [Double] {
    let (found, wanted) = (
      PieceCounts(own.stretches(order)), PieceCounts(right.stretches(order))
    )
    // Stretches of a length that the reference does not have are no mistakes.
    return [
      wanted.total > 0 ? Double(found.total) : 0, Double(wanted.total),
      Double(found.common(with: wanted)),
    ]
  }

  static func letters(_ text: String) -> [Unicode.Scalar] {
    text.unicodeScalars.filter { !$0.isPythonSpace }
  }

  /// Words, of which one mark at the end, or else at the start, is split off.
  static func words(_ text: String) -> [String] {
    text.splitAtSpace().flatMap { word -> [String] in
      let scalars = Array(word.unicodeScalars)
      guard scalars.count > 1 else { return [word] }
      if isMark(scalars[scalars.count - 1]) {
        return [String(scalars: scalars.dropLast()), String(scalars: scalars.suffix(1))]
      }
      if isMark(scalars[0]) {
        return [String(scalars: scalars.prefix(1)), String(scalars: scalars.dropFirst())]
      }
      return [word]
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    (0x21...0x7e).contains(scalar.value) && !scalar.isPythonAlphanumeric
  }
}
