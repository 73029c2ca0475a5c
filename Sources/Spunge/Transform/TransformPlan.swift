package import LanguageModels
import Tensors

/// What a transform may use before anything is computed.
package struct TransformSite {
  /// The network whose weights it changes.
  package var configuration: DecoderConfiguration
  /// Of the base model: what stands in for the weights until they are there.
  var base: any Checkpoint
  var engine: any Engine
  /// The same for every variant, so that equal attacks see the same text in the same order.
  var random: RandomSource
  /// Bytes that training may use; nil for the fastest arrangement.
  var memory: Int?
  /// The tokenised documents of `forget`, `retain` (the experiment's) or a file.
  var corpus: (String) throws -> TokenPart
}

/// What a transform comes to.
package enum TransformPlan {
  /// Computed as the weights are read.
  case computed((Weights) throws -> Weights)
  /// Training that starts from the weights.
  case training(PlannedTransform)

  var training: PlannedTransform? {
    if case .training(let planned) = self { planned } else { nil }
  }
}

/// A transform that trains, checked and arranged within the memory.
package struct PlannedTransform {
  let transform: any Transform
  /// Its `base` stands in for the weights.
  let job: UnlearningJob
  let program: UnlearningProgram
  let memory: TrainingPlan
  /// Digest of the text.
  let digest: String

  var documents: Int { job.forget.reduce(0) { $0 + $1.rows.count } }
}
