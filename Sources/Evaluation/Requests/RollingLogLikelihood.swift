import Formats
import PythonText

/// `output_type: loglikelihood_rolling`: how probable is a whole text?
enum RollingLogLikelihood {
  static func question(
    _ document: Document, id: Int, _ builder: inout PromptBuilder
  ) throws -> Question {
    let text = try builder.target(document, builder.task.prompt)
    return Question(
      documentID: id, document: document, requests: .rollingLogLikelihood(text.text), target: text)
  }

  /// The sum of log-probabilities under each metric's name, and the `words` and `bytes` that it
  /// covers.
  static func metrics(_ text: String, _ answer: LogLikelihoodAnswer) -> [String: Double] {
    let sum = answer.logLikelihood
    return [
      "word_perplexity": sum, "byte_perplexity": sum, "bits_per_byte": sum,
      "words": Double(words(in: text)), "bytes": Double(text.utf8.count),
    ]
  }

  /// Pieces between runs of white space; the empty ones at the ends count too.
  private static func words(in text: String) -> Int {
    var (count, insideSpace) = (1, false)
    for scalar in text.unicodeScalars {
      if scalar.isPythonSpace, !insideSpace { count += 1 }
      insideSpace = scalar.isPythonSpace
    }
    return count
  }
}
