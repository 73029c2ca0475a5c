package import Evaluation
import Formats
import Foundation
package import LanguageModels
import Tensors

/// A RoBERTa text classifier; equal texts are classified once.
package struct EncoderTextClassifier: TextClassifier {
  package var labels: [String] { configuration.labels }
  private let configuration: EncoderConfiguration
  private let classifier: any SequenceClassifier
  /// Needed only for text: for token ids, a missing tokenizer is no error.
  private let tokenizer: Result<any Tokenizer, any Error>

  /// Packs the weights.
  /// - Parameter tokenizer: the directory's, where it has been loaded.
  /// - Throws: what reading the weights throws.
  package init(
    _ directory: ClassifierDirectory, tokenizer: (any Tokenizer)? = nil,
    engine: any Engine = engines[0],
    compute: ComputeOptions = .init(.float32, batchTokens: 1024)
  ) throws {
    self.tokenizer = .init { try tokenizer ?? TokenizerLoader.load(directory) }
    configuration = directory.configuration
    classifier = try engine.classifier(
      directory.configuration, weights: directory.checkpoint, compute: compute)
  }

  /// Notes about how the tokenizer's files were interpreted.
  /// - Throws: what `encode` throws.
  package var tokenizerNotes: [String] {
    get throws { try tokenizer.get().notes }
  }

  /// - Throws: `TokenizerError`, `ModelError` or `FileError` if the folder has no readable tokenizer.
  package func encode(_ text: String) throws -> EncoderText {
    try EncoderText(text, tokenizer: try tokenizer.get(), configuration: configuration)
  }

  package func classify(
    _ texts: [String], receive: (Int, Classification) throws -> Void
  ) throws {
    var places: [String: [Int]] = [:]
    for (index, text) in texts.enumerated() { places[text, default: []].append(index) }
    let unique = texts.indices.filter { places[texts[$0]]?.first == $0 }
    try classify(unique.map { try encode(texts[$0]) }) { index, answer in
      for place in places[texts[unique[index]]] ?? [] { try receive(place, answer) }
    }
  }

  /// Classifies tokenised texts, in order.
  package func classify(
    _ texts: [EncoderText], receive: (Int, Classification) throws -> Void
  ) throws {
    try classifier.classify(texts.map(\.tokens)) { index, logits in
      try receive(
        index,
        Classification(
          logits: logits, probabilities: probabilities(logits),
          truncatedTokens: texts[index].truncatedTokens))
    }
  }

  private func probabilities(_ logits: [Float]) -> [Double] {
    switch configuration.outcome {
    case .shares: Self.softmax(logits)
    case .probabilities: logits.map { 1 / (1 + PortableMath.exp(-Double($0))) }
    case .values: []
    }
  }

  private static func softmax(_ logits: [Float]) -> [Double] {
    let top = Double(logits.max() ?? 0)
    let weights = logits.map { PortableMath.exp(Double($0) - top) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }
}
