package import LanguageModels
import Tensors

/// A model on disk and its tokenizer, opened once for all that ask it.
package final class StoredModel {
  package let directory: ModelDirectory
  package let tokenizer: any Tokenizer
  private var isKnownFinite = false

  package init(_ directory: ModelDirectory, tokenizer: any Tokenizer) {
    self.directory = directory
    self.tokenizer = tokenizer
  }

  /// - Parameter path: a GGUF file, or a Hugging Face folder or id.
  /// - Throws: what reading configuration, headers of weights, and tokenizer throws.
  package convenience init(path: String) throws {
    let directory = try ModelDirectory.open(path)
    self.init(directory, tokenizer: try TokenizerLoader.load(directory))
  }

  /// What a user should know about how the files were understood.
  package var notes: [String] { directory.remarks + tokenizer.notes }

  /// Throws for a weight that is infinite or not a number; reads all weights, the first time.
  func requireFinite() throws {
    guard !isKnownFinite else { return }
    try directory.checkpoint.requireFinite()
    isKnownFinite = true
  }
}
