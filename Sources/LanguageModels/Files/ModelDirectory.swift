import Formats
package import Foundation
package import Tensors

/// A language model on disk: its configuration, its weights and the location of its tokenizer.
package struct ModelDirectory: Sendable {
  /// The source of the vocabulary.
  package enum TokenizerSource: Sendable {
    /// A Hugging Face folder with tokenizer.json, tokenizer.model or others.
    case folder(URL)
    /// The vocabulary inside a GGUF file.
    case gguf(GGUFTokenizerMetadata)
  }

  /// How the weights are stored.
  package enum Format: Sendable {
    case huggingFace
    case gguf
  }

  /// The folder or the .gguf file, after following a cache folder to its snapshot.
  package let path: String
  package let format: Format
  package let configuration: DecoderConfiguration
  package let checkpoint: any Checkpoint
  package let tokenizer: TokenizerSource
  /// All files that determine the model: configuration, weights, tokenizer; for digests.
  package let sourceFiles: [String]
  /// Notes for the user about how the files were read, one sentence each.
  package var remarks: [String] = []

  /// Opens a Hugging Face folder (also a `models--…` folder of its cache), a .gguf file, a folder that
  /// holds one .gguf file, or `owner/name[@revision]` in the Hugging Face cache on this machine.
  ///
  /// A folder with weights beside config.json is a Hugging Face folder, even if it has .gguf files.
  /// Weights are checked against the configuration, and stay memory-mapped.
  /// - Throws: `ModelError`, `FileError`, `SafetensorsError` or `GGUFError`.
  package static func open(_ path: String) throws -> ModelDirectory {
    let path = try ModelLocation.resolve(path)
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard isFolder.boolValue else { return try openGGUF(path) }
    let folder = try snapshot(URL(fileURLWithPath: path).standardizedFileURL.path)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let ggufNames = names.filter { $0.lowercased().hasSuffix(".gguf") }
    guard let name = ggufNames.first else { return try openHuggingFace(folder, names) }
    if WeightFiles.areThere(names) {
      var model = try openHuggingFace(folder, names)
      model.remarks.append(
        "\(folder.shown(limit: 500)): \(name.shown()) is not used, because there are weights beside config.json; to use it, give "
          + "its path")
      return model
    }
    guard ggufNames.count == 1 else {
      throw ModelError.severalGGUF(folder: folder, names: ggufNames)
    }
    return try openGGUF("\(folder)/\(name)")
  }

  private static func openGGUF(_ path: String) throws -> ModelDirectory {
    let checkpoint = try GGUFCheckpoint(path: path)
    let configuration = try DecoderConfiguration(gguf: checkpoint)
    try configuration.check(checkpoint, path: path)
    return ModelDirectory(
      path: path, format: .gguf, configuration: configuration, checkpoint: checkpoint,
      tokenizer: .gguf(try GGUFTokenizerMetadata(file: checkpoint.file)), sourceFiles: [path])
  }

  private static func openHuggingFace(_ folder: String, _ names: [String]) throws -> ModelDirectory
  {
    guard names.contains("config.json") else {
      throw AdapterFile.isAdapter(folder)
        ? AdapterError.notAModel(folder: folder) : ModelError.noConfiguration(folder: folder)
    }
    var configuration = try DecoderConfiguration(configFile: "\(folder)/config.json")
    let size = configuration.vocabularySize
    var remarks = try GenerationFile.remarks(onIDsIn: "\(folder)/config.json", below: size)
    if names.contains(GenerationFile.name) {
      let path = "\(folder)/\(GenerationFile.name)"
      configuration.stopIDs = try GenerationFile.endIDs(path) ?? configuration.stopIDs
      remarks += try GenerationFile.remarks(onIDsIn: path, below: size)
      remarks += try GenerationFile.remarks(path)
    }
    let (stored, weightFiles) = try WeightFiles.open(folder, names)
    let weights = try StoredWeights(stored, configuration, path: folder)
    try weights.configuration.check(weights.checkpoint, path: folder)
    let others = names.filter { $0 == "config.json" || tokenizerFileNames.contains($0) }
    return ModelDirectory(
      path: folder, format: .huggingFace, configuration: weights.configuration,
      checkpoint: weights.checkpoint,
      tokenizer: .folder(URL(fileURLWithPath: folder, isDirectory: true)),
      sourceFiles: others.map { "\(folder)/\($0)" } + weightFiles,
      remarks: remarks + weights.remarks)
  }

  /// The same model with other weights, which are determined by `files` besides its own files.
  ///
  /// - Throws: `ModelError` for weights that do not match the configuration.
  package func replacing(
    weights checkpoint: any Checkpoint, files: [String]
  ) throws -> ModelDirectory {
    try configuration.check(checkpoint, path: files.first ?? path)
    return ModelDirectory(
      path: path, format: format, configuration: configuration, checkpoint: checkpoint,
      tokenizer: tokenizer, sourceFiles: sourceFiles + files, remarks: remarks)
  }

  /// The same model with an untied output head; the model itself if it is untied already.
  package var untied: ModelDirectory {
    guard configuration.tiesEmbeddings else { return self }
    var configuration = configuration
    configuration.tiesEmbeddings = false
    return ModelDirectory(
      path: path, format: format, configuration: configuration,
      checkpoint: DecoderConfiguration.withOwnHead(checkpoint), tokenizer: tokenizer,
      sourceFiles: sourceFiles, remarks: remarks)
  }

  /// The folder itself, or the snapshot that a cache folder's `refs/main` names.
  static func snapshot(_ folder: String) throws -> String {
    let files = FileManager.default
    guard !files.fileExists(atPath: "\(folder)/config.json"),
      files.fileExists(atPath: "\(folder)/snapshots"), files.fileExists(atPath: "\(folder)/refs")
    else { return folder }
    guard let text = try? String(contentsOfFile: "\(folder)/refs/main", encoding: .utf8) else {
      throw ModelError.noSnapshot(folder: folder, reason: "it has no refs/main")
    }
    let revision = text.trimmingCharacters(in: .whitespacesAndNewlines)
    let isPlain = !revision.isEmpty && revision.allSatisfy { $0.isASCII && $0.isHexDigit }
    guard isPlain, files.fileExists(atPath: "\(folder)/snapshots/\(revision)") else {
      throw ModelError.noSnapshot(
        folder: folder,
        reason: "the snapshot '\(revision.shown(limit: 60))' of refs/main is not there")
    }
    return "\(folder)/snapshots/\(revision)"
  }

  /// Files of a Hugging Face folder that decide how text becomes tokens.
  static let tokenizerFileNames: Set<String> = [
    "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json",
  ]

  /// Folder of further chat templates in a Hugging Face folder.
  static let templatesFolder = "additional_chat_templates"
}
