import Formats
import LanguageModels
import Tensors

/// Writes models that were trained here as Hugging Face folders.
enum ModelFolder {
  /// Writes a language model in float32.
  /// - Parameters:
  ///   - tokenizer: contents of tokenizer.model.
  ///   - folder: exists; is empty.
  static func write(
    _ checkpoint: any Checkpoint, _ configuration: DecoderConfiguration, tokenizer: [UInt8],
    to folder: String
  ) throws {
    try SentencePieceTrainer.write(tokenizer, toFolder: folder)
    let json = try configuration.json(format: .float32, path: folder)
    let file = try AtomicFile(path: "\(folder)/config.json")
    try file.write(Value.mapping(json).json(.indented(by: 2)) + "\n")
    try file.commit()
    try SafetensorsWriter.write(
      checkpoint, toFolder: folder, maximumShardBytes: .max, format: { _ in .float32 })
  }
}
