package import Evaluation
import LanguageModels
import Tensors

/// Classifiers on disk.
package enum ClassifierFolder {
  /// Makes the sequence classifier in a Hugging Face folder ready, in float32.
  /// - Throws: `ModelError`, `FileError` or `SafetensorsError`.
  package static func open(_ path: String) throws -> any TextClassifier {
    try RobertaTextClassifier(RobertaDirectory.open(path), computeType: .float32)
  }
}
