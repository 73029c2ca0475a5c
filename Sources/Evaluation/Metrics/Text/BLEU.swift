import Formats
import Foundation
import PythonText

extension TextMetric {
  /// BLEU of up to four words, tokens as in NIST's mteval-v13a, with exponential smoothing.
  ///
  /// Papineni et al. 2002, https://doi.org/10.3115/1073083.1073135; parameters as Post 2018,
  /// https://aclanthology.org/W18-6319. Counts: words, reference's words, then for each order the
  /// matches, then for each order all.
  static let bleu = TextMetric(
    name: "bleu", size: 10,
    count: { (text, reference) throws(TemplateFault) in
      let (words, right) = (try BLEU.words(text), try BLEU.words(reference))
      var (matches, totals): ([Double], [Double]) = ([], [])
      for order in 1...BLEU.orders {
        let found = PieceCounts(words.stretches(order))
        matches.append(Double(found.common(with: PieceCounts(right.stretches(order)))))
        totals.append(Double(found.total))
      }
      return [Double(words.count), Double(right.count)] + matches + totals
    },
    score: BLEU.score)
}

enum BLEU {
  static let orders = 4

  static func score(_ counts: [Double]) -> Double {
    let (matches, totals) = (counts[2..<6].map { $0 }, counts[6..<10].map { $0 })
    guard matches.contains(where: { $0 > 0 }) else { return 0 }
    let brevity = counts[0] < counts[1] ? PortableMath.exp(1 - counts[1] / counts[0]) : 1
    var logarithms = 0.0
    var smoothing = 1.0
    for (match, total) in zip(matches, totals) {
      // No text is as long as this order: what is next to a score of zero.
      guard total > 0 else { return 0 }
      if match == 0 { smoothing *= 2 }
      logarithms += PortableMath.log(match == 0 ? 100 / (smoothing * total) : 100 * match / total)
    }
    return brevity * PortableMath.exp(logarithms / Double(orders))
  }

  // MARK: Words

  /// ASCII punctuation other than period, comma, hyphen and apostrophe stands alone; period and
  /// comma do unless they are between digits, and so does a hyphen behind a digit.
  private static let rules = [
    (#"([ -&(-+/:-@\[-`{-~])"#, #" \1 "#), (#"([^0-9])([.,])"#, #"\1 \2 "#),
    (#"([.,])([^0-9])"#, #" \1 \2"#), (#"([0-9])(-)"#, #"\1 \2 "#),
  ]
  private static let patterns = rules.compactMap { pattern, replacement in
    (try? PythonRegex(pattern)).map { ($0, replacement) }
  }

  /// https://www.nist.gov/itl/iad/mig/tools, mteval-v13a
  static func words(_ text: String) throws(TemplateFault) -> [String] {
    var line = text.stripped(left: false)
    for (old, new) in [
      ("<skipped>", ""), ("-\n", ""), ("\n", " "), ("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"),
      ("&gt;", ">"),
    ] {
      line = line.replacing(codePointsOf: old, with: new)
    }
    line = " \(line) "
    for (pattern, replacement) in patterns {
      line = try pattern.replace(in: line, with: replacement)
    }
    return line.splitAtSpace()
  }
}
