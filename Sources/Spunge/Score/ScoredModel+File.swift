import Evaluation
import LanguageModels
package import Tensors

extension ScoredModel {
  /// A model on disk; it is loaded when something is asked that is not known.
  ///
  /// - Parameters:
  ///   - path: a GGUF file or a Hugging Face folder.
  ///   - work: the work folder, where digests are remembered.
  package init(
    name: String, path: String, computeType: ComputeType, batchTokens: Int = 512,
    settings: LlamaEvaluatedModel.Settings, work: String
  ) throws {
    let directory = try ModelDirectory.open(path)
    let digests = FileDigests(work: work)
    let digest = try directory.sourceFiles.map(digests.digest).joined(separator: "+")
    self.init(
      name: name,
      identity: AnswerCache.Identity(
        model: digest, computeType: computeType.rawValue, profile: settings.profile.rawValue)
    ) { answers, progress in
      LlamaEvaluatedModel(
        configuration: directory.configuration, tokenizer: try TokenizerLoader.load(directory),
        settings: settings, answers: answers, progress: progress
      ) {
        try LlamaInference(
          configuration: directory.configuration, checkpoint: directory.checkpoint,
          computeType: computeType, batchTokens: batchTokens)
      }
    }
  }
}
