package import LanguageModels

/// The model that everything starts from.
package struct BaseModel {
  package let directory: ModelDirectory
  package let digest: String
  package let tokenizer: () throws -> any Tokenizer

  var weights: Weights { Weights(checkpoint: directory.checkpoint, digest: digest) }
}
