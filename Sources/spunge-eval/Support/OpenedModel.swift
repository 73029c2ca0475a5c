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
    tokenizer.notes.forEach(Notice.print)
  }

  /// The model's row in tables: its file's name.
  var rowName: String {
    URL(fileURLWithPath: options.model).deletingPathExtension().lastPathComponent
  }

  /// Numbers that the weights consist of.
  var parameterCount: Int { directory.checkpoint.tensors.reduce(0) { $0 + $1.count } }

  /// How questions are put to the model.
  func asking(_ evaluation: EvaluationOptions) -> TextModel.Settings {
    TextModel.Settings(
      maximumLength: options.maxLength, profile: evaluation.profile, seed: evaluation.seed.value)
  }

  /// What is scored, with everything that its answers depend on.
  func scored(
    name: String, work: String, settings: TextModel.Settings
  ) throws -> ScoredModel {
    ScoredModel(
      name: name, directory, digest: try FileDigests(work: work).digest(of: directory),
      tokenizer: { tokenizer }, settings: settings, engine: options.engine.engine,
      compute: options.compute)
  }
}
