package import Evaluation
package import LanguageModels

/// A classifier on disk: labels and tokenizer are there, weights are packed when it is to judge.
package struct StoredClassifier {
  package let labels: [String]
  /// What a user should know about how the tokenizer's files were understood.
  package let notes: [String]
  /// Makes it ready to judge.
  package let load: () throws -> any TextClassifier

  package init(
    labels: [String], notes: [String] = [], load: @escaping () throws -> any TextClassifier
  ) {
    self.labels = labels
    self.notes = notes
    self.load = load
  }

  /// The sequence classifier in a Hugging Face folder, in float32.
  ///
  /// - Throws: `ModelError`, also for a regression, which has no probabilities; `FileError`, `SafetensorsError`, and
  ///   what reading the tokenizer throws.
  package init(path: String, engine: any Engine = engines[0]) throws {
    let directory = try ClassifierDirectory.open(path)
    guard directory.configuration.outcome != .values else {
      throw ModelError.invalidConfiguration(
        path: "\(directory.path)/config.json",
        problems: [
          "'problem_type' is 'regression'; a classifier that gives probabilities is needed"
        ])
    }
    let tokenizer = try TokenizerLoader.load(directory)
    self.init(labels: directory.configuration.labels, notes: tokenizer.notes) {
      try EncoderTextClassifier(directory, tokenizer: tokenizer, engine: engine)
    }
  }
}
