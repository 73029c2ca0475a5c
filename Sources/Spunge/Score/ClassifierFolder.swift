package import Evaluation
package import LanguageModels

/// Classifiers on disk.
package enum ClassifierFolder {
  /// Loads the sequence classifier in a Hugging Face folder, in float32.
  /// - Throws: `ModelError`, also for a regression model, which has no probabilities; `FileError` or `SafetensorsError`.
  package static func open(
    _ path: String, engine: any Engine = engines[0]
  ) throws -> any TextClassifier {
    try EncoderTextClassifier(try directory(path), engine: engine)
  }

  /// The classifier's labels, without loading weights.
  /// - Throws: what `open` and classifying throw, including errors of the tokenizer.
  package static func check(_ path: String) throws -> [String] {
    let directory = try directory(path)
    _ = try TokenizerLoader.load(directory)
    return directory.configuration.labels
  }

  private static func directory(_ path: String) throws -> ClassifierDirectory {
    let directory = try ClassifierDirectory.open(path)
    guard directory.configuration.outcome != .values else {
      throw ModelError.invalidConfiguration(
        path: "\(directory.path)/config.json",
        problems: [
          "'problem_type' is 'regression'; a classifier with probabilities is needed"
        ])
    }
    return directory
  }
}
