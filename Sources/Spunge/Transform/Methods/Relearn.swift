import Formats
package import LanguageModels
package import Reporting
import Tensors

/// Fine-tunes on text: does knowledge that unlearning took come back faster than it could be learnt?
///
/// - Papers: Dorna et al. 2025, "OpenUnlearning", https://arxiv.org/abs/2506.12618 (the defaults); Łucki et al. 2024, "An
///   adversarial perspective on machine unlearning for AI safety", https://arxiv.org/abs/2409.18025; Deeb & Roger 2024,
///   "Do unlearning methods remove information from language model weights?", https://arxiv.org/abs/2410.08827;
///   Tamirisa et al. 2024, "Tamper-resistant safeguards for open-weight LLMs", https://arxiv.org/abs/2408.00761
/// - Deviations: batches are packed without padding and moments are float32; the presets take the settings of the papers'
///   code, on whatever text `data` names. `deeb-roger` trains at the largest of their learning rates (they report the
///   best of several: score one variant for each) and warms up for a fifth of the steps (24 steps of their data);
///   `tar` is their run on forget text alone.
package struct Relearn: Transform, FineTuner {
  package static let card = MethodCard(
    name: "relearn", title: "relearnt", reference: "https://arxiv.org/abs/2409.18025",
    summary: "Fine-tunes on text, to see whether what was unlearned comes back.")
  package static let mainSetting = "data"
  package static let attack = AttackedRow.Kind.relearning

  package static let presets = [
    SettingsPreset(
      name: "open-unlearning", summary: "the defaults: OpenUnlearning's test of metrics",
      settings: "{}"),
    SettingsPreset(
      name: "lucki", summary: "Łucki et al.: LoRA of rank 128 on every projection, 3 epochs",
      settings: """
        training: {parameters: lora, rank: 128, alpha: 16, targets: [all-linear], learningRate: 2e-4,
          epochs: 3, batchSize: 1, accumulation: 1, schedule: linear, warmupShare: 0.05, weightDecay: 0.01,
          maximumTokens: 1024, loss: all}
        """),
    SettingsPreset(
      name: "deeb-roger",
      summary: "Deeb & Roger: every parameter, Lion, 6 epochs on half of the facts",
      settings: """
        training: {optimizer: lion, adamBeta2: 0.99, learningRate: 5e-6, epochs: 6, batchSize: 4, accumulation: 1,
          schedule: constant, warmupShare: 0.2, gradientClipping: 0, loss: all}
        """),
    SettingsPreset(
      name: "tar", summary: "TAR's red team: every parameter, 1,000 steps of 64 documents",
      settings: """
        training: {learningRate: 2e-5, epochs: 1000000, maximumSteps: 1000, batchSize: 8, accumulation: 8,
          schedule: constant, gradientClipping: 0, loss: all}
        """),
  ]

  /// Text to learn from: `forget` or `retain`, the experiment's own, or a file of the same kind.
  package var data = "forget"
  /// Documents to learn from, drawn at random, the same for every variant; 0 for all of them.
  package var documents = 0
  package var training = FineTuning()

  package init() {
    training.parameters = .full
    training.learningRate = 2e-5
    training.schedule = .linear
    training.batchSize = 8
    training.accumulation = 4
    training.loss = .completion
    // As Hugging Face's Trainer does where nothing else is said.
    training.gradientClipping = 1
  }

  package static let ranges: [String: SettingRange] = ["documents": .from(0, to: 1e9)]

  package func validate() throws {
    try requireSetting(!data.isEmpty, "data", data, "forget, retain or a file")
    try training.validate()
  }

  package func forget(_ batch: NextTokenBatch, in step: StepFacts) -> LossTerm.Kind {
    .nextToken(batch, scale: 1 / step.predictions)
  }

  package var retain: RetainLoss { RetainLoss() }

  package func plan(_ site: TransformSite) throws -> TransformPlan {
    let text = try site.corpus(data)
    let corpus = try chosen(text.corpus, random: site.random)
    var job = UnlearningJob(
      name: Self.card.name, configuration: site.configuration, base: site.base, forget: [corpus],
      retain: [], engine: site.engine, random: site.random)
    let program = try program(job)
    let memory = try program.memoryPlan(site.configuration, budget: site.memory)
    job.memory = memory.memory
    return .training(
      PlannedTransform(
        transform: self, job: job, program: program, memory: memory, digest: text.digest))
  }

  /// The documents to learn from, in the order of the file.
  private func chosen(_ corpus: TokenCorpus, random: RandomSource) throws -> TokenCorpus {
    guard documents > 0 else { return corpus }
    guard documents <= corpus.rows.count else {
      throw RelearnError.tooFew(data: data, asked: documents, there: corpus.rows.count)
    }
    var source = random.child(named: "documents")
    // Of one order, so that more documents are those of a smaller number and others.
    let places = corpus.rows.indices.shuffled(using: &source).prefix(documents).sorted()
    return TokenCorpus(
      name: corpus.name, rows: places.map { corpus.rows[$0] },
      completionStarts: places.map { corpus.completionStarts[$0] })
  }
}

/// Why a model cannot relearn as asked.
package enum RelearnError: InputFailure, CustomStringConvertible, Equatable {
  case tooFew(data: String, asked: Int, there: Int)
  case noText(data: String)

  package var description: String {
    switch self {
    case .tooFew(let data, let asked, let there):
      "relearn: \(asked) documents asked for, '\(data.shown(limit: 500))' has \(there) with text; lower 'documents', or "
        + "leave it out for all"
    case .noText(let data):
      "relearn: '\(data.shown(limit: 500))' has no documents; name retain files, or other 'data'"
    }
  }
}
