import Formats
import Foundation
import Tensors

/// The chat format that a model brings along, not yet parsed.
package struct ChatTemplateSource: Sendable, Hashable {
  /// The Jinja template.
  package let text: String
  /// The file that holds it.
  package let place: String
  /// Texts of special tokens by the names that templates use: `bos_token`, `eos_token`, …
  package let specialTokens: [String: String]
}

extension ModelDirectory {
  /// The model's chat template: of `chat_template.jinja` and `additional_chat_templates`, else of
  /// `tokenizer_config.json`, else of `chat_template.json`, as transformers looks for it; or of a
  /// .gguf file.
  ///
  /// - Parameter name: which one where the model has several; nil for `default`.
  /// - Throws: `ModelError`, `FileError` or `TokenizerError`.
  package func chatTemplate(named name: String? = nil) throws -> ChatTemplateSource {
    let (found, specialTokens) =
      switch tokenizer {
      case .folder(let folder):
        try (ChatTemplateFiles.templates(folder.path), ChatTemplateFiles.specialTokens(folder.path))
      case .gguf(let metadata): (metadata.chatTemplates(path: path), metadata.specialTokens)
      }
    guard !found.isEmpty else { throw ModelError.noChatTemplate(path: path) }
    // A name only chooses among several.
    let isSingle = found.count == 1 && found["default"] != nil
    let wanted = isSingle ? "default" : name ?? "default"
    guard let template = found[wanted] else {
      throw ModelError.noSuchChatTemplate(path: path, name: wanted, known: found.keys.sorted())
    }
    return ChatTemplateSource(
      text: template.text, place: template.place, specialTokens: specialTokens)
  }
}

/// The files of a Hugging Face folder in which chat templates may be.
enum ChatTemplateFiles {
  typealias Found = [String: (text: String, place: String)]

  static let specialTokenNames = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  static func templates(_ folder: String) throws -> Found {
    let files = try templateFiles(folder)
    if !files.isEmpty { return files }
    for name in ["tokenizer_config.json", "chat_template.json"] {
      let path = "\(folder)/\(name)"
      guard FileManager.default.fileExists(atPath: path) else { continue }
      let object = try JSONFile.object(path: path)
      let found = try templates(in: JSONFields(file: path, object: object))
      if !found.isEmpty { return found }
    }
    return [:]
  }

  /// Names of the files in `additional_chat_templates`.
  static func furtherTemplates(_ folder: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: "\(folder)/\(ModelDirectory.templatesFolder)")
    return (names ?? []).filter { $0.hasSuffix(".jinja") }.sorted()
  }

  private static func templateFiles(_ folder: String) throws -> Found {
    var paths = ["default": "\(folder)/chat_template.jinja"]
    let others = "\(folder)/\(ModelDirectory.templatesFolder)"
    for file in furtherTemplates(folder) {
      paths[String(file.dropLast(".jinja".count))] = "\(others)/\(file)"
    }
    var found: Found = [:]
    for (name, path) in paths where FileManager.default.fileExists(atPath: path) {
      let file = try MappedFile(path: path)
      found[name] = (try file.reading { String(decoding: $0, as: UTF8.self) }, path)
    }
    return found
  }

  /// One template, or a list of named ones.
  private static func templates(in fields: JSONFields) throws(TokenizerError) -> Found {
    switch fields.object["chat_template"] {
    case nil, .null?: return [:]
    case .string(let text)?: return ["default": (text, fields.file)]
    default:
      var found: Found = [:]
      for entry in try fields.list("chat_template") {
        let text = try entry.requiredString("template")
        found[try entry.requiredString("name")] = (text, fields.file)
      }
      return found
    }
  }

  static func specialTokens(_ folder: String) throws -> [String: String] {
    var tokens: [String: String] = [:]
    for name in ["special_tokens_map.json", "tokenizer_config.json"] {
      let path = "\(folder)/\(name)"
      guard FileManager.default.fileExists(atPath: path) else { continue }
      let fields = JSONFields(file: path, object: try JSONFile.object(path: path))
      for token in specialTokenNames {
        if let text = try fields.token(token) { tokens[token] = text }
      }
    }
    return tokens
  }
}

extension GGUFTokenizerMetadata {
  func chatTemplates(path: String) -> ChatTemplateFiles.Found {
    chatTemplates.mapValues { ($0, path) }
  }

  var specialTokens: [String: String] {
    let ids = [
      "bos_token": beginID, "eos_token": endID, "unk_token": unknownID, "pad_token": paddingID,
    ]
    return ids.compactMapValues { id in
      id.flatMap { tokens.indices.contains($0) ? tokens[$0] : nil }
    }
  }
}
