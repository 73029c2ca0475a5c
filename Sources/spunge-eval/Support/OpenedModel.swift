import Evaluation
import Foundation
import LanguageModels
import Spunge
import Tensors

/// A model on disk with its tokenizer; its weights are packed only when something is asked.
struct OpenedModel {
  let options: ModelOptions
  let directory: ModelDirectory
  let tokenizer: any Tokenizer

  init(_ options: ModelOptions) throws {
    self.options = options
    directory = try options.open()
    tokenizer = try TokenizerLoader.load(directory)
  }

  /// The model's row in tables: its file's name.
  var rowName: String {
    URL(fileURLWithPath: options.model).deletingPathExtension().lastPathComponent
  }

  /// Numbers that the weights consist of.
  var parameterCount: Int { directory.checkpoint.tensors.reduce(0) { $0 + $1.count } }

  /// Most tokens of a prompt and its answer.
  var maximumLength: Int {
    min(options.maxLength ?? .max, directory.configuration.contextLength)
  }

  /// What is scored, with everything that its answers depend on.
  func scored(name: String, work: String) throws -> ScoredModel {
    let digests = FileDigests(work: work)
    let digest = try directory.sourceFiles.map(digests.digest).joined(separator: "+")
    return ScoredModel(
      name: name, digest: digest + (options.maxLength.map { ":\($0)" } ?? ""),
      computeType: options.dtype.rawValue
    ) { report in
      LlamaEvaluatedModel(
        model: try options.inference(directory), tokenizer: tokenizer,
        settings: .init(maximumLength: options.maxLength), progress: report)
    }
  }
}
