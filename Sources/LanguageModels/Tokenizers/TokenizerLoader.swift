import Foundation
import Tensors

/// Finds and reads a model's tokenizer.
package enum TokenizerLoader {
  /// - Throws: `TokenizerError`.
  package static func load(_ directory: ModelDirectory) throws -> any Tokenizer {
    switch directory.tokenizer {
    case .folder(let url): try load(folder: url.path)
    case .gguf(let metadata): try load(metadata, path: directory.path)
    }
  }

  /// Reads the tokenizer of a folder (which need not hold a model), a .gguf file or a tokenizer file.
  package static func load(path: String) throws -> any Tokenizer {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw TokenizerError.notFound(path: path)
    }
    if !isFolder.boolValue {
      if path.lowercased().hasSuffix(".gguf") {
        return try load(try GGUFTokenizerMetadata(file: GGUFFile(path: path)), path: path)
      }
      if path.hasSuffix(".json") { return try ByteLevelBPETokenizer(path: path, settings: nil) }
      return try SentencePieceTokenizer(path: path, settings: nil)
    }
    if let gguf = try FileManager.default.contentsOfDirectory(atPath: path)
      .filter({ $0.lowercased().hasSuffix(".gguf") }).sorted().first,
      !FileManager.default.fileExists(atPath: "\(path)/tokenizer.json")
    {
      return try load(path: "\(path)/\(gguf)")
    }
    return try load(folder: path)
  }

  private static func load(
    _ metadata: GGUFTokenizerMetadata, path: String
  ) throws -> any Tokenizer {
    switch metadata.model {
    case "gpt2": return try ByteLevelBPETokenizer(metadata, path: path)
    case "llama": return try SentencePieceTokenizer(metadata, path: path)
    default:
      throw TokenizerError.unsupported(
        path: path, component: "tokenizer.ggml.model '\(metadata.model)'",
        supported: ["gpt2", "llama"])
    }
  }

  private static func load(folder: String) throws -> any Tokenizer {
    let has = { (name: String) in FileManager.default.fileExists(atPath: "\(folder)/\(name)") }
    let settings = try json("\(folder)/tokenizer_config.json")
    if has("tokenizer.json") {
      return try ByteLevelBPETokenizer(path: "\(folder)/tokenizer.json", settings: settings)
    }
    if has("tokenizer.model") {
      return try SentencePieceTokenizer(path: "\(folder)/tokenizer.model", settings: settings)
    }
    guard has("vocab.json"), has("merges.txt") else {
      throw TokenizerError.notFound(path: folder)
    }
    return try ByteLevelBPETokenizer(folder: folder, settings: settings ?? JSONObject())
  }

  private static func json(_ path: String) throws -> JSONObject? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do { return try MappedFile(path: path).json().object } catch {
      throw TokenizerError.unreadable(path: path, reason: "\(error)")
    }
  }
}

extension ByteLevelBPETokenizer {
  /// Reads GPT-2's vocab.json and merges.txt; RoBERTa's special tokens are put around texts when it has them.
  init(folder: String, settings: JSONObject) throws {
    let path = "\(folder)/vocab.json"
    let vocabulary: JSONObject
    let lines: [String]
    do {
      vocabulary = try MappedFile(path: path).json().object ?? JSONObject()
      lines = try String(contentsOfFile: "\(folder)/merges.txt", encoding: .utf8)
        .split(separator: "\n").map(String.init)
    } catch { throw TokenizerError.unreadable(path: folder, reason: "\(error)") }
    let merges = lines.filter { !$0.hasPrefix("#version") }.map { JSONValue.string($0) }
    let special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>"].compactMap { name in
      vocabulary[name]?.integer.map { id -> JSONValue in
        .object([
          "id": .integer(id), "content": .string(name), "special": .bool(true),
          "lstrip": .bool(name == "<mask>"),
        ])
      }
    }
    var json: JSONObject = [
      "model": .object([
        "type": .string("BPE"), "vocab": .object(vocabulary), "merges": .array(merges),
      ]),
      "added_tokens": .array(special),
      "pre_tokenizer": .object([
        "type": .string("ByteLevel"),
        "add_prefix_space": settings["add_prefix_space"] ?? .bool(false),
      ]),
    ]
    if let begin = vocabulary["<s>"]?.integer, let end = vocabulary["</s>"]?.integer {
      json["post_processor"] = .object([
        "type": .string("RobertaProcessing"), "cls": .array([.string("<s>"), .integer(begin)]),
        "sep": .array([.string("</s>"), .integer(end)]),
      ])
    }
    try self.init(TokenizerJSON(path: path, json: json), settings: settings)
  }
}
