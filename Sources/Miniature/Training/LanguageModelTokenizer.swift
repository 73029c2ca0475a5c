import LanguageModels
import Tensors

/// The tokenizer of both language models.
package enum LanguageModelTokenizer {
  /// Pieces of the vocabulary, about one for each word of the world.
  static let pieces = 1536
  /// Documents that it is trained on.
  static let documents = 12_000

  /// Contents of a tokenizer.model, trained on documents of every heterogeneity.
  package static func train(on world: World) throws -> [UInt8] {
    var random = world.random("tokenizer")
    let worlds = [world.told(heterogeneity: 0), world.told(heterogeneity: 1)]
    let texts = (0..<documents).map { _ in
      random.element(of: worlds).document(.base, using: &random).text
    }
    return try SentencePieceTrainer.train(texts, pieces: pieces)
  }
}
