import Foundation

extension ModelDirectory {
  /// Texts of special tokens by the names that tokenizers' files use: `pad_token`, `unk_token`, …
  ///
  /// - Throws: `FileError`, `ModelError` or `TokenizerError`.
  package func specialTokens() throws -> [String: String] {
    switch tokenizer {
    case .folder(let folder): try ChatTemplateFiles.specialTokens(folder.path)
    case .gguf(let metadata): metadata.specialTokens
    }
  }
}
