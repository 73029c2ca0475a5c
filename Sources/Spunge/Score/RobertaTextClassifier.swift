package import Evaluation
import Foundation
package import LanguageModels
package import Tensors

/// A RoBERTa classifier that reads text; equal texts are judged once.
package struct RobertaTextClassifier: TextClassifier {
  package var labels: [String] { classifier.configuration.labels }
  private let classifier: RobertaClassifier
  private let tokenizer: any Tokenizer

  /// Packs the weights.
  /// - Throws: `ModelError`, `TokenizerError` or `FileError`.
  package init(
    _ directory: RobertaDirectory, computeType: ComputeType, batchTokens: Int = 1024
  ) throws {
    tokenizer = try TokenizerLoader.load(path: directory.path)
    classifier = try RobertaClassifier(
      configuration: directory.configuration, checkpoint: directory.checkpoint,
      computeType: computeType, batchTokens: batchTokens)
  }

  package func encode(_ text: String) -> RobertaText {
    RobertaText(text, tokenizer: tokenizer, configuration: classifier.configuration)
  }

  package func classify(
    _ texts: [String], receive: (Int, Classification) throws -> Void
  ) throws {
    var places: [String: [Int]] = [:]
    for (index, text) in texts.enumerated() { places[text, default: []].append(index) }
    let unique = texts.indices.filter { places[texts[$0]]?.first == $0 }
    try classify(unique.map { encode(texts[$0]) }) { index, answer in
      for place in places[texts[unique[index]]] ?? [] { try receive(place, answer) }
    }
  }

  /// Judges texts that are tokens already, in order.
  package func classify(
    _ texts: [RobertaText], receive: (Int, Classification) throws -> Void
  ) throws {
    try classifier.classify(texts.map(\.tokens)) { index, logits in
      try receive(
        index,
        Classification(
          logits: logits, probabilities: Self.softmax(logits),
          truncatedTokens: texts[index].truncatedTokens))
    }
  }

  private static func softmax(_ logits: [Float]) -> [Double] {
    let top = Double(logits.max() ?? 0)
    let weights = logits.map { exp(Double($0) - top) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }
}
