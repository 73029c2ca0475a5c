import Foundation
import Tensors

/// Opens the tokenizer of a model, whatever files it is in.
package enum TokenizerLoader {
  /// The tokenizer of a model folder or .gguf file.
  ///
  /// - Throws: `TokenizerError`, `ModelError` or `FileError`.
  package static func load(_ directory: ModelDirectory) throws -> any Tokenizer {
    switch directory.tokenizer {
    case .folder(let folder): try load(folder: folder.path)
    case .gguf(let metadata): try load(metadata, path: directory.path)
    }
  }

  /// The tokenizer of a sequence classifier.
  ///
  /// - Throws: `TokenizerError`, `ModelError` or `FileError`.
  package static func load(_ directory: ClassifierDirectory) throws -> any Tokenizer {
    try load(folder: directory.path, isClassifier: true)
  }

  /// The tokenizer at `path`: a folder (which may hold only tokenizer files), a .gguf file, or one
  /// tokenizer file (tokenizer.json or tokenizer.model, with the configuration beside it, if any).
  ///
  /// - Throws: `TokenizerError`, `ModelError`, `FileError` or `GGUFError`.
  package static func load(path: String) throws -> any Tokenizer {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ModelError.notFound(path: path)
    }
    if isFolder.boolValue { return try loadFolder(path) }
    let url = URL(fileURLWithPath: path)
    let folder = url.deletingLastPathComponent().path
    switch url.pathExtension.lowercased() {
    case "gguf":
      return try load(GGUFTokenizerMetadata(file: GGUFFile(path: path)), path: path)
    case "json":
      return try ByteLevelBPETokenizer(
        tokenizerFile: path, configuration: TokenizerConfiguration(folder: folder))
    default:
      return try SentencePieceTokenizer(
        modelFile: path, configuration: TokenizerConfiguration(folder: folder))
    }
  }

  private static func loadFolder(_ path: String) throws -> any Tokenizer {
    let folder = try ModelDirectory.snapshot(path)
    if let tokenizer = try load(anyIn: folder) { return tokenizer }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    let files = names.filter { $0.lowercased().hasSuffix(".gguf") }.sorted()
    if files.count > 1 { throw ModelError.severalGGUF(folder: folder, names: files) }
    guard let name = files.first else { throw TokenizerError.noFiles(path: folder) }
    return try load(path: "\(folder)/\(name)")
  }

  private static func load(folder: String, isClassifier: Bool = false) throws -> any Tokenizer {
    guard let tokenizer = try load(anyIn: folder, isClassifier: isClassifier) else {
      throw TokenizerError.noFiles(path: folder)
    }
    return tokenizer
  }

  /// The tokenizer of the files in `folder`, most complete kind first; nil if there are none.
  private static func load(
    anyIn folder: String, isClassifier: Bool = false
  ) throws -> (any Tokenizer)? {
    let configuration = try TokenizerConfiguration(folder: folder, classifier: isClassifier)
    func exists(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: "\(folder)/\(name)")
    }
    if exists("tokenizer.json") {
      return try ByteLevelBPETokenizer(
        tokenizerFile: "\(folder)/tokenizer.json", configuration: configuration)
    }
    if exists("tokenizer.model") {
      return try SentencePieceTokenizer(
        modelFile: "\(folder)/tokenizer.model", configuration: configuration)
    }
    if exists("vocab.json"), exists("merges.txt") {
      return try ByteLevelBPETokenizer(
        vocabularyFile: "\(folder)/vocab.json", mergesFile: "\(folder)/merges.txt",
        configuration: configuration)
    }
    return nil
  }

  private static func load(
    _ metadata: GGUFTokenizerMetadata, path: String
  ) throws -> any Tokenizer {
    switch metadata.model {
    case "gpt2": try ByteLevelBPETokenizer(gguf: metadata, path: path)
    case "llama": try SentencePieceTokenizer(gguf: metadata, path: path)
    default:
      throw TokenizerError.unsupported(
        file: path, component: "tokenizer.ggml.model", name: metadata.model,
        known: ["gpt2", "llama"])
    }
  }
}
