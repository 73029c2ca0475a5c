import Foundation
import TestSupport
import Testing

@testable import LanguageModels

/// Where chat templates and cached models are found.
@Suite struct ChatTemplateSourceTests {
  static let configuration =
    #"{"bos_token": {"content": "<b>"}, "eos_token": "<e>", "chat_template": "of the configuration"}"#
  static let several =
    #"{"chat_template": [{"name": "default", "template": "main"}, {"name": "tools", "template": "t"}]}"#

  private func found(_ files: [String: String]) throws -> ChatTemplateFiles.Found {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/additional_chat_templates", withIntermediateDirectories: true)
    for (name, text) in files {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
    }
    if files["tokenizer_config.json"] == Self.configuration {
      let tokens = try ChatTemplateFiles.specialTokens(folder.path)
      #expect(tokens == ["bos_token": "<b>", "eos_token": "<e>"])
    }
    return try ChatTemplateFiles.templates(folder.path)
  }

  @Test func ownFilesComeFirst() throws {
    var files = [
      "chat_template.jinja": "own", "additional_chat_templates/tools.jinja": "other",
      "tokenizer_config.json": Self.configuration,
      "chat_template.json": #"{"chat_template": "of the processor"}"#,
    ]
    #expect(try found(files).mapValues(\.text) == ["default": "own", "tools": "other"])
    files["chat_template.jinja"] = nil
    files["additional_chat_templates/tools.jinja"] = nil
    #expect(try found(files).mapValues(\.text) == ["default": "of the configuration"])
    files["tokenizer_config.json"] = nil
    #expect(try found(files).mapValues(\.text) == ["default": "of the processor"])
    files["tokenizer_config.json"] = Self.several
    #expect(try found(files).mapValues(\.text) == ["default": "main", "tools": "t"])
    #expect(try found([:]).isEmpty)
  }

  @Test(arguments: [
    ("owner/name", "owner/name", String?.none), ("owner/na.me@v1", "owner/na.me", "v1"),
    ("o/n@refs/pr/1", "o/n", "refs/pr/1"),
  ])
  func references(text: String, repository: String, revision: String?) throws {
    let reference = try #require(ModelCache.reference(text))
    #expect(reference.repository == repository)
    #expect(reference.revision == revision)
  }

  @Test(arguments: ["name", "a/b/c", "../name", "/name", "owner/", "owner/name@../x", "o/n@"])
  func otherPathsAreNoReferences(text: String) { #expect(ModelCache.reference(text) == nil) }

  @Test func cachedModelsAreFound() throws {
    let folder = try TemporaryFolder()
    let model = "\(folder.path)/hub/models--owner--name"
    for commit in ["abc", "def"] {
      try FileManager.default.createDirectory(
        atPath: "\(model)/snapshots/\(commit)", withIntermediateDirectories: true)
    }
    try FileManager.default.createDirectory(
      atPath: "\(model)/refs", withIntermediateDirectories: true)
    try Data("abc\n".utf8).write(to: URL(fileURLWithPath: "\(model)/refs/main"))
    let cache = ModelCache(environment: ["HF_HOME": folder.path, "HOME": "/nowhere"])
    #expect(cache.folders == ["\(folder.path)/hub", "/nowhere/.cache/huggingface/hub"])
    #expect(try cache.snapshot(of: "owner/name", revision: nil) == "\(model)/snapshots/abc")
    #expect(try cache.snapshot(of: "owner/name", revision: "def") == "\(model)/snapshots/def")
    let error = #expect(throws: ModelError.self) {
      try cache.snapshot(of: "owner/name", revision: "v2")
    }
    #expect(error?.description.contains("\(model)/refs/v2") == true)
    #expect(error?.description.contains("/nowhere/.cache/huggingface/hub/models--owner") == true)
  }
}
