/// Overlap of a text with its reference (ROUGE), as Google's `rouge_score` 0.1.2 counts it.
///
/// Lin 2004, "ROUGE", https://aclanthology.org/W04-1013
package struct RougeScore: Sendable, Hashable {
  /// Shares in 0…1; all 0 where either text has no word.
  package var recall, precision: Double

  /// The harmonic mean of both.
  package var f1: Double {
    let sum = recall + precision
    return sum > 0 ? 2 * recall * precision / sum : 0
  }

  /// - Parameters:
  ///   - common: words that both have.
  ///   - text, reference: words of each.
  private init(common: Int, text: Int, reference: Int) {
    recall = Double(common) / Double(max(reference, 1))
    precision = Double(common) / Double(max(text, 1))
  }

  /// Single words, in any order (ROUGE-1).
  package static func words(
    _ text: String, reference: String, stemming: Bool
  ) -> RougeScore {
    let (text, reference) = (tokens(text, stemming), tokens(reference, stemming))
    let common = PieceCounts(reference).common(with: PieceCounts(text))
    return RougeScore(common: common, text: text.count, reference: reference.count)
  }

  /// The longest common subsequence of words (ROUGE-L).
  package static func longestSubsequence(
    _ text: String, reference: String, stemming: Bool
  ) -> RougeScore {
    let (text, reference) = (tokens(text, stemming), tokens(reference, stemming))
    let common = CommonSubsequence(reference, text).length
    return RougeScore(common: common, text: text.count, reference: reference.count)
  }

  /// Runs of a–z and 0–9 in the lower-cased text; stems of those that are longer than three letters.
  private static func tokens(_ text: String, _ stemming: Bool) -> [String] {
    let words = text.lowercased().utf8.split { byte in
      !(0x61...0x7a).contains(byte) && !(0x30...0x39).contains(byte)
    }
    return words.map { bytes in
      let word = String(decoding: bytes, as: UTF8.self)
      return stemming && bytes.count > 3 ? PorterStemmer.stem(word) : word
    }
  }
}

/// The longest common subsequences of the beginnings of two lists.
struct CommonSubsequence<Element: Hashable> {
  private let first, second: [Element]
  /// `[first.count + 1, second.count + 1]`
  private var lengths: [Int]

  init(_ first: [Element], _ second: [Element]) {
    (self.first, self.second) = (first, second)
    let width = second.count + 1
    lengths = Array(repeating: 0, count: (first.count + 1) * width)
    for i in first.indices {
      for j in second.indices {
        lengths[(i + 1) * width + j + 1] =
          first[i] == second[j]
          ? lengths[i * width + j] + 1
          : max(lengths[i * width + j + 1], lengths[(i + 1) * width + j])
      }
    }
  }

  var length: Int { lengths[lengths.count - 1] }

  /// One of them, found from the end; of two equal ways the one that shortens the second list.
  var elements: [Element] {
    let width = second.count + 1
    var (i, j, found) = (first.count, second.count, [Element]())
    while i > 0, j > 0 {
      if first[i - 1] == second[j - 1] {
        found.append(first[i - 1])
        (i, j) = (i - 1, j - 1)
      } else if lengths[(i - 1) * width + j] > lengths[i * width + j - 1] {
        i -= 1
      } else {
        j -= 1
      }
    }
    return found.reversed()
  }
}
