import Formats
import Foundation
package import Tensors

/// Writes a complete Hugging Face model folder that transformers loads.
package enum ModelWriter {
  /// Writes `checkpoint` as a model like `source`: same configuration, same tokenizer.
  ///
  /// Everything goes to a temporary folder beside `directory`, which is renamed at the end; on an error
  /// nothing is left behind.
  ///
  /// - Parameters:
  ///   - directory: must not exist yet.
  ///   - format: how the weights are stored; nil keeps each tensor's format, with float32 for those of other
  ///     formats (a GGUF's blocks).
  ///   - maximumShardBytes: a larger model is split over several files.
  ///   - card: text of the README.md; nil for none.
  /// - Returns: remarks for the user, for example that no tokenizer could be written.
  /// - Throws: `FileError` (exists, disk full, …), `ModelError`, or what reading the checkpoint throws.
  package static func write(
    _ checkpoint: any Checkpoint, like source: ModelDirectory, to directory: String,
    format: FloatFormat? = nil, maximumShardBytes: Int = 5_000_000_000, card: String? = nil
  ) throws -> [String] {
    guard !FileManager.default.fileExists(atPath: directory) else {
      throw FileError.exists(path: directory)
    }
    try source.configuration.check(checkpoint, path: directory)
    return try AtomicFolder.write(to: directory) { folder in
      if let card {
        let file = try AtomicFile(path: "\(folder)/README.md")
        try file.write(card)
        try file.commit()
      }
      return try writeContents(
        checkpoint, like: source, to: folder, format: format,
        maximumShardBytes: maximumShardBytes)
    }
  }

  private static func writeContents(
    _ checkpoint: any Checkpoint, like source: ModelDirectory, to folder: String,
    format: FloatFormat?, maximumShardBytes: Int
  ) throws -> [String] {
    let spelling = source.configuration.architecture.spelling
    func chosenFormat(_ tensor: TensorDescription) -> FloatFormat {
      let name = spelling.network(tensor.name)
      let original = source.checkpoint.description(of: name) ?? tensor
      return format ?? FloatFormat(rawValue: original.storedType) ?? .float32
    }
    var remarks: [String] = []
    try writeConfiguration(of: source, to: folder, format: format)
    switch source.tokenizer {
    case .folder(let origin): try copyTokenizer(from: origin.path, to: folder)
    case .gguf(let vocabulary):
      if let remark = try GGUFTokenizerFiles.write(vocabulary, to: folder) {
        remarks.append(remark)
      }
    }
    let stored: any Checkpoint =
      spelling == DecoderSpelling()
      ? checkpoint : SpelledCheckpoint(network: checkpoint, source.configuration)
    try SafetensorsWriter.write(
      stored, toFolder: folder, maximumShardBytes: maximumShardBytes, format: chosenFormat)
    return remarks
  }

  private static func writeConfiguration(
    of source: ModelDirectory, to folder: String, format: FloatFormat?
  ) throws {
    let target = "\(folder)/config.json"
    switch source.format {
    case .gguf:
      let json = try source.configuration.json(format: format ?? .float32, path: source.path)
      try write(json, to: target)
    case .huggingFace:
      let original = try JSONFile.object(path: "\(source.path)/config.json")
      var json = original
      for key in ["dtype", "torch_dtype"] where json[key] != nil {
        if let format { json[key] = .string(format.torchName) }
      }
      // A file may hold another head than its config.json says.
      let usual = source.configuration.architecture.tiesUnlessTold
      if (json["tie_word_embeddings"]?.bool ?? usual) != source.configuration.tiesEmbeddings {
        json["tie_word_embeddings"] = .bool(source.configuration.tiesEmbeddings)
      }
      if json == original { return try copy("config.json", from: source.path, to: folder) }
      try write(json, to: target)
    }
  }

  private static func copyTokenizer(from origin: String, to folder: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: origin)
    let wanted = ModelDirectory.tokenizerFileNames.union([GenerationFile.name])
    for name in names where wanted.contains(name) { try copy(name, from: origin, to: folder) }
    let templates = ModelDirectory.templatesFolder
    let further = ChatTemplateFiles.furtherTemplates(origin)
    guard !further.isEmpty else { return }
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(templates)", withIntermediateDirectories: true)
    for name in further {
      try copy(name, from: "\(origin)/\(templates)", to: "\(folder)/\(templates)")
    }
  }

  /// Copies the bytes: `FileManager` would copy a cache's symbolic link as a link.
  private static func copy(_ name: String, from origin: String, to folder: String) throws {
    let source = try MappedFile(path: "\(origin)/\(name)")
    let target = try AtomicFile(path: "\(folder)/\(name)")
    try source.reading { try target.write($0) }
    try target.commit()
  }

  /// Writes `object` as indented JSON.
  static func write(_ object: Mapping, to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.write(Value.mapping(object).json(.indented(by: 2)) + "\n")
    try file.commit()
  }
}
