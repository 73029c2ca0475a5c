package import Evaluation
package import Formats
package import Foundation

/// One model scored on some tasks: the content of lm-evaluation-harness's files.
package struct HarnessRun: Sendable {
  /// A task, its answers and its scores.
  package struct ScoredTask: Sendable {
    package var evaluator: Evaluator
    package var samples: [SampleRecord]
    package var scores: [ScoreRecord]
    /// Documents of the whole split, evaluated or not.
    package var splitCount: Int

    package init(
      evaluator: Evaluator, samples: [SampleRecord], scores: [ScoreRecord], splitCount: Int
    ) {
      self.evaluator = evaluator
      self.samples = samples
      self.scores = scores
      self.splitCount = splitCount
    }

    var task: EvaluationTask { evaluator.task }
  }

  /// Facts about the model and its tokenizer in results files.
  package struct Model: Sendable {
    /// Path or name that was asked for.
    package var name: String
    /// `float32` or `bfloat16`.
    package var computeType: String
    package var parameterCount: Int?
    /// Maximum tokens of a prompt and its answer.
    package var maximumLength: Int?
    /// Text and id of the tokenizer's special tokens.
    package var begin, end, padding: (text: String, id: Int)?
    /// `--max-length` as given.
    package var askedLength: Int?

    package init(name: String, computeType: String) {
      self.name = name
      self.computeType = computeType
    }
  }

  /// What the user asked for.
  package struct Settings: Sendable {
    /// `--limit` as given: documents, or a share of them below 1.
    package var limit: Double?
    package var bootstrapIterations = 100_000
    /// `--gen-kwargs` as given.
    package var generationArguments = Mapping()
    package var seed: UInt64 = 1234
    /// The harness's seeds of Python, NumPy and PyTorch, which have no effect here.
    package var otherSeeds: [Int] = [0, 1234, 1234]
    /// Whether only answers were requested: `--predict-only`.
    package var predictsOnly = false
    package var batchTokens: Int?
    package var systemInstruction: String?
    /// The chat template that was applied.
    package var chatTemplate: String?
    /// Whether few-shot examples were turns of a conversation; `nil` without a chat template.
    package var fewShotAsMultiturn: Bool?
    package var profile = HarnessProfile.current
    /// Further facts, written under the key `spunge_eval`, which the harness does not have.
    package var remarks: [(String, Value)] = []

    package init() {}
  }

  package var tasks: [ScoredTask]
  /// The requested groups, each before its subgroups.
  package var groups: [TaskGroup]
  /// The groups' pooled scores; `task` is the group's name.
  package var groupScores: [ScoreRecord]
  package var model: Model
  package var settings: Settings
  /// Start time of the run.
  package var started: Date
  /// Duration in seconds.
  package var seconds: Double
  package var gitRevision: String?
  /// Description of the machine.
  package var environment: String

  package init(
    tasks: [ScoredTask], groups: [TaskGroup] = [], groupScores: [ScoreRecord] = [], model: Model,
    settings: Settings = Settings(), started: Date, seconds: Double = 0,
    gitRevision: String? = nil, environment: String = ""
  ) {
    self.tasks = tasks
    self.groups = groups
    self.groupScores = groupScores
    self.model = model
    self.settings = settings
    self.started = started
    self.seconds = seconds
    self.gitRevision = gitRevision
    self.environment = environment
  }
}
