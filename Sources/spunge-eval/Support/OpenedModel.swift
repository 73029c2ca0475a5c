import Evaluation
import Foundation
import LanguageModels
import Spunge
import Tensors

/// A model on disk with its tokenizer; the weights are packed when the model is first used.
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

  /// The model's default row name in tables, its file name.
  var rowName: String {
    URL(fileURLWithPath: options.model).deletingPathExtension().lastPathComponent
  }

  /// Number of parameters.
  var parameterCount: Int { directory.checkpoint.tensors.reduce(0) { $0 + $1.count } }

  /// How questions are put to the model.
  func asking(_ evaluation: EvaluationOptions) -> TextModel.Settings {
    TextModel.Settings(
      maximumLength: options.maxLength, profile: evaluation.profile, seed: evaluation.seed.value)
  }

  /// The model to score, with everything that determines its answers.
  func scored(
    name: String, work: String, settings: TextModel.Settings
  ) throws -> ScoredModel {
    ScoredModel(
      name: name, directory, digest: try FileDigests(work: work).digest(of: directory),
      tokenizer: { tokenizer }, settings: settings, engine: options.engine.engine,
      compute: options.compute)
  }
}
