import Formats
import CSentencePiece
import Tensors

/// Trains SentencePiece models with Google's library.
package enum SentencePieceTrainer {
  /// A byte-pair model with byte fallback that takes text as it is, a mark before its first word; ids 0, 1, 2 are
  /// `<unk>`, `<s>`, `</s>`.
  /// - Parameter pieces: the most that the model gets; text with little variety fills fewer.
  /// - Returns: a serialised ModelProto, the contents of tokenizer.model.
  /// - Throws: `TokenizerTrainingError`.
  package static func train(
    _ texts: some Sequence<String>, pieces: Int
  ) throws(TokenizerTrainingError) -> [UInt8] {
    guard let pieces = Int32(exactly: pieces), pieces > 0 else {
      throw .invalidSize(pieces)
    }
    let text = texts.joined(separator: "\n")
    var model: UnsafeMutablePointer<CChar>?
    var size = 0
    var message: UnsafeMutablePointer<CChar>?
    let succeeded = Array(text.utf8).withUnsafeBytes {
      ssp_train(
        $0.bindMemory(to: CChar.self).baseAddress, $0.count, pieces, &model, &size, &message)
    }
    guard succeeded, let model else {
      defer { ssp_free_memory(message) }
      throw .failed(reason: message.map { String(cString: $0) } ?? "out of memory")
    }
    defer { ssp_free_memory(model) }
    return Array(UnsafeRawBufferPointer(start: model, count: size))
  }

  /// Writes the tokenizer files of a Llama model folder, for this library and for transformers.
  package static func write(_ model: [UInt8], toFolder folder: String) throws {
    let file = try AtomicFile(path: "\(folder)/tokenizer.model")
    try model.withUnsafeBytes { try file.write($0) }
    try file.commit()
    let configuration: Mapping = [
      "tokenizer_class": .string("LlamaTokenizer"), "bos_token": .string("<s>"),
      "eos_token": .string("</s>"), "unk_token": .string("<unk>"), "add_bos_token": .bool(true),
      "add_eos_token": .bool(false), "legacy": .bool(true),
      "clean_up_tokenization_spaces": .bool(false),
    ]
    try ModelWriter.write(configuration, to: "\(folder)/tokenizer_config.json")
  }
}

/// Why a tokenizer cannot be trained.
package enum TokenizerTrainingError: RunFailure, CustomStringConvertible, Equatable {
  case invalidSize(Int)
  case failed(reason: String)

  package var description: String {
    switch self {
    case .invalidSize(let size):
      "a vocabulary of \(size) tokens cannot be trained; ask for a positive number"
    case .failed(let reason):
      "the tokenizer cannot be trained: \(reason); give it more text or ask for fewer tokens"
    }
  }
}
