package import LanguageModels
package import Tensors

/// What an unlearning run will do, step by step, as values; nothing has been computed.
///
/// Memory, time and the changed parameters all follow from it.
package struct UnlearningProgram {
  package var trainable: TrainableParameters
  package var optimizer: OptimizerSettings
  /// Dtype of matrix operands.
  package var computeType: ComputeType
  package var schedule: LearningRateSchedule
  /// Maximum global gradient norm; 0 for no clipping.
  package var clipping: Double
  package var steps: Int
  /// What a step descends; a pure function of its number and of what `adaptation` found, so that a resumed run takes
  /// the same.
  package var step: (Int, _ found: [Double]) -> Step
  /// Of the largest step.
  package var need: TrainingNeed
  /// Scaling coefficient of the result.
  package var coefficient = 1.0
  package var earlyStop: EarlyStop?
  package var adaptation: Adaptation?
  /// What the run depends on besides base and method: a training state of another run is refused.
  package var fingerprint: String
  /// How a user can reduce memory, and avoid divergence.
  package var remedies: (memory: String, divergence: String)

  /// The terms of one step's loss.
  package struct Step {
    /// Domain of the batch, for the log.
    package var domain: String
    package var forget: [LossTerm]
    package var retain: [LossTerm]
    /// Length of the steering vector.
    package var steeringNorm: Double?
    /// Number of tokens.
    package var tokens: Int
  }

  /// Ends a run when the mean cosine between the model's and the base's hidden states of forget text is small.
  package struct EarlyStop: Sendable, Hashable {
    package var belowCosine: Double
    /// Number of recent steps over which cosines are averaged.
    package var window: Int

    func ends(_ cosines: [Double]) -> Bool {
      cosines.count == window && cosines.reduce(0, +) / Double(window) < belowCosine
    }
  }

  /// Numbers that a run finds out about itself and its later steps depend on; kept with its training state.
  package struct Adaptation {
    /// Name of their note in the training state.
    package var note: String
    package var start: [Double]
    /// Text whose loss is measured before a step, without a gradient; none for most steps.
    package var measured: (_ step: Int, _ found: [Double]) -> [NextTokenBatch] = { _, _ in [] }
    /// The numbers for a step, from those before it and the mean loss of the measured text, in nats a token.
    package var before: (_ found: [Double], _ loss: Double) -> [Double] = { found, _ in found }
    /// The numbers after a step; the loss is nil where nothing was measured before it.
    package var after: (UnlearningStep, _ found: [Double], _ loss: Double?) -> [Double] = {
      _, found, _ in found
    }
  }

  /// Tokens of all steps.
  ///
  /// Of more than 10,000 steps the first ones stand for all.
  package var tokens: Int {
    plannedTotal(steps: steps) { step($0, adaptation?.start ?? []).tokens }
  }

  /// Number of operations in all steps.
  package func operations(_ configuration: DecoderConfiguration) -> Double {
    Double(tokens)
      * trainable.costPerToken(configuration, depth: need.depth, usesBase: need.usesBase)
  }

  /// The fastest arrangement of memory within `budget`, in bytes.
  /// - Throws: `TrainingPlanError` when no arrangement fits.
  package func memoryPlan(
    _ configuration: DecoderConfiguration, budget: Int?
  ) throws(TrainingPlanError) -> TrainingPlan {
    try TrainingPlan.choose(
      configuration, training: trainable, need: need, budget: budget, remedy: remedies.memory)
  }
}

/// An unlearning method's plan for a job.
package enum UnlearningPlan {
  case training(UnlearningProgram)
  /// No training: the changes exist already.
  case given(ParameterDelta)

  /// Nil without training.
  package var program: UnlearningProgram? {
    if case .training(let program) = self { program } else { nil }
  }

  /// Runs the plan.
  ///
  /// - Returns: what changed in the base's parameters.
  /// - Throws: `UnlearningError`, and what reading the base throws; no files are left behind.
  package func run(_ job: UnlearningJob) throws -> ParameterDelta {
    switch self {
    case .training(let program): try UnlearningRun(program, job).result()
    case .given(let delta): delta
    }
  }
}

/// The sum of `tokens` over all steps.
///
/// Of more than 10,000 steps the first ones stand for all.
func plannedTotal(steps: Int, tokens: (Int) -> Int) -> Int {
  let counted = min(steps, 10_000)
  let sum = (0..<counted).reduce(0) { $0 + tokens($1) }
  guard counted < steps else { return sum }
  return Int(min(Double(sum) * Double(steps) / Double(counted), 1e15))
}
