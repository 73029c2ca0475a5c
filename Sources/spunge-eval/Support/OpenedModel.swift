import Evaluation
import Foundation
import LanguageModels
import Spunge
import Tensors

/// A model on disk with its tokenizer; the weights are packed when the model is first used.
struct OpenedModel {
  let options: ModelOptions
  let stored: StoredModel

  init(_ options: ModelOptions) throws {
    self.options = options
    let directory = try options.open()
    stored = StoredModel(directory, tokenizer: try TokenizerLoader.load(directory))
    tokenizer.notes.forEach(Notice.print)
  }

  var directory: ModelDirectory { stored.directory }
  var tokenizer: any Tokenizer { stored.tokenizer }

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
      name: name, stored, digest: try FileDigests(work: work).digest(of: directory),
      settings: settings, engine: options.engine.engine, compute: options.compute)
  }
}
