package import LanguageModels

/// Task vector negation with low-rank adaptation.
///
/// Fine-tunes on the forget text and subtracts the task vector: θ = θ₀ − λ·(α/r)·B·A, or θ₀ − λ·(θ_tuned − θ₀)
/// if parameters are trained in full.
///
/// - Papers: Ilharco et al. 2023, "Editing Models with Task Arithmetic", https://arxiv.org/abs/2212.04089;
///   Zhang et al. 2023, "Composing Parameter-Efficient Modules with Arithmetic Operations",
///   https://arxiv.org/abs/2306.14870 (negation of LoRA)
/// - Deviations: none known. λ, the learning rate and the batch size are not legible in SPUNGE's text; the
///   defaults are those of its Zephyr run where it states them, and PEFT's elsewhere.
package struct TaskVectorNegation: FineTuningMethod {
  package static let card = MethodCard(
    name: "task_vector_negation", title: "TVN", reference: "https://arxiv.org/abs/2306.14870",
    summary: "Fine-tunes on the forget text and subtracts what was learnt.")

  package static let presets = [
    SettingsPreset(
      name: "spunge-zephyr", summary: "the paper's TVN on Zephyr-7B-beta",
      settings: """
        training: {rank: 16, alpha: 16, dropout: 0.01, targets: [q_proj, v_proj], optimizer: adam,
          schedule: cosine, epochs: 1}
        """),
    SettingsPreset(
      name: "spunge-llama2", summary: "the paper's TVN on Llama-2-7B",
      settings: """
        training: {rank: 64, alpha: 64, dropout: 0.01, optimizer: adam, schedule: cosine, epochs: 1,
          targets: [k_proj, q_proj, v_proj, up_proj, down_proj, gate_proj]}
        """),
  ]

  /// Scaling coefficient of the subtracted task vector (*λ*), unitless.
  package var scale = 1.0
  /// Folder of a PEFT adapter trained on the forget text, used instead of training; empty to train one.
  package var adapter = ""
  package var inputFiles: [String] { adapter.isEmpty ? [] : [adapter] }
  package var training = FineTuning()

  package init() {
    training.rank = 16
    training.alpha = 16
    training.dropout = 0.01
    training.optimizer = .adam
  }

  package static let ranges: [String: SettingRange] = ["scale": .finite]

  package func validate() throws { try training.validate() }

  package func plan(_ job: UnlearningJob) throws -> UnlearningPlan {
    guard adapter.isEmpty else {
      let delta = try ParameterDelta.adapter(
        adapter, name: job.name, base: job.base, configuration: job.configuration,
        coefficient: -scale
      ).delta
      guard !delta.hasOwnHead || !job.configuration.tiesEmbeddings else {
        throw AdapterError.tied(path: adapter, module: "lm_head")
      }
      return .given(delta)
    }
    var program = try program(job)
    program.coefficient = -scale
    return .training(program)
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .nextToken(batch, scale: 1 / step.predictions)
  }

  /// No retain loss: only what was learnt is subtracted.
  package var retain: RetainLoss { RetainLoss() }
}
