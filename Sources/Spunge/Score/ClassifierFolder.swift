package import Evaluation
import LanguageModels
import Tensors

/// Classifiers on disk.
package enum ClassifierFolder {
  /// Makes the sequence classifier in a Hugging Face folder ready, in float32.
  /// - Throws: `ModelError`, also for a regression, which has no probabilities; `FileError` or `SafetensorsError`.
  package static func open(_ path: String) throws -> any TextClassifier {
    try RobertaTextClassifier(try directory(path), computeType: .float32)
  }

  /// Its labels, without packing weights.
  /// - Throws: what `open` and judging throw, a tokenizer that cannot be read included.
  package static func check(_ path: String) throws -> [String] {
    let directory = try directory(path)
    _ = try TokenizerLoader.load(directory)
    return directory.configuration.labels
  }

  private static func directory(_ path: String) throws -> RobertaDirectory {
    let directory = try RobertaDirectory.open(path)
    guard directory.configuration.outcome != .values else {
      throw ModelError.invalidConfiguration(
        path: "\(directory.path)/config.json",
        problems: [
          "'problem_type' is 'regression'; a classifier that gives probabilities is needed"
        ])
    }
    return directory
  }
}
