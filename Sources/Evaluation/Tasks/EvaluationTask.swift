import Formats
import PythonText

/// A validated task: what to ask about each document and how to score the answers.
package struct EvaluationTask: Sendable {
  package let name: String
  /// Name for tables: `task_alias`, or the name.
  package let title: String
  /// The YAML file.
  package let path: String
  /// What the YAML file says.
  package let file: TaskFile
  /// Which version of the harness the task is read as.
  package let profile: HarnessProfile
  package let outputType: OutputType
  package let metrics: [Metric]
  /// Names of the filter pipelines that answers go through: `none` when the file has no
  /// `filter_list`.
  package var filters: [String] { pipelines.map(\.name) }
  /// `metadata.version`
  package let version: String
  package let dataset: DatasetReference
  /// The split that is evaluated: test, else validation.
  package let evaluationSplit: String
  /// Few-shot examples per prompt unless a run asks for another number.
  package let defaultFewShot: Int
  /// Whether the file fixes the number at 0, which a run cannot change.
  package let locksFewShot: Bool

  let fewShot: FewShotPlan
  let prompt: PromptFormat
  let processDocument: DocumentProcess?
  let scoreDocument:
    (@Sendable (Document, [LogLikelihoodAnswer]) throws(TemplateFault) -> [String: Double])?
  package let generation: GenerationPlan
  /// How the likelihoods of answers are scored.
  let answers: AnswerPlan
  /// How often each request is asked.
  package let repeats: Int
  let exactMatch: ExactMatch
  let pipelines: [FilterPipeline]

  /// - Throws: `TaskError.invalid` with every problem of the file.
  package init(_ file: TaskFile, profile: HarnessProfile = .current) throws(TaskError) {
    self.profile = profile
    var reader = TaskReader(file, profile: profile)
    reader.rejectUnusable()
    reader.checkName(file.taskName ?? "-", at: file["task"])
    name = file.taskName ?? ""
    title = reader.string("task_alias") ?? name
    path = file.path
    self.file = file
    let outputType = reader.outputType()
    self.outputType = outputType
    let metrics = reader.metrics(for: outputType)
    (self.metrics, exactMatch) = metrics
    pipelines = reader.filterPipelines(for: outputType)
    version = reader.version()
    dataset = reader.dataset()
    evaluationSplit = reader.evaluationSplit()
    let shots = reader.integer("num_fewshot", in: 0...100_000)
    defaultFewShot = shots ?? 0
    locksFewShot = shots == 0
    let prompt = reader.promptFormat(for: outputType)
    self.prompt = prompt
    processDocument = reader.processDocument("process_docs", in: file["process_docs"])
    fewShot = reader.fewShotPlan(prompt: prompt, processDocument: processDocument)
    scoreDocument = reader.scoreDocument()
    generation = reader.generationPlan(for: outputType)
    answers = reader.answerPlan()
    repeats = reader.integer("repeats", in: 1...10_000) ?? 1
    guard reader.problems.isEmpty else {
      throw .invalid(task: file.taskName ?? file.path, problems: reader.problems)
    }
  }

  /// Few-shot examples per prompt when a run asks for `override`.
  package func fewShotCount(override: Int?) -> Int {
    locksFewShot ? 0 : min(override ?? defaultFewShot, Int(Int32.max))
  }
}

/// What `process_docs` makes of each document.
struct DocumentProcess: Sendable {
  /// Whether some documents are not kept.
  var leavesOut = false
  /// The document to use; `nil` for one that is left out.
  var function: @Sendable (Document) throws(TemplateFault) -> Document?
}

/// How one document becomes a prompt.
struct PromptFormat: Sendable {
  var text: DocumentField
  var target: DocumentField
  var choices: DocumentField?
  /// Text with which the answer begins.
  var prefix: DocumentField?
  var targetDelimiter = " "
  /// Behind each few-shot example.
  var exampleDelimiter = "\n\n"
  /// In front of everything.
  var description: DocumentField?
}

/// How answers are generated, and when they end.
package struct GenerationPlan: Sendable, Hashable {
  package var stops: [String]
  /// Tokens.
  package var maximumTokens = 256
  /// 0 takes the most probable token.
  package var temperature = 0.0
  /// Share of probability that sampling is limited to; `nil` for all.
  package var topP: Double?
  /// Number of tokens that sampling is limited to; `nil` for all.
  package var topK: Int?
}

/// Where few-shot examples come from and how they are drawn.
struct FewShotPlan: Sendable {
  enum Sampler: String, Sendable, CaseIterable {
    case seeded = "default"
    case firstN = "first_n"
  }
  enum Pool: Sendable {
    case split(String)
    case documents([Document])
  }
  var sampler: Sampler
  /// Splits or documents; `nil` when the task names none.
  var pool: Pool?
  /// Rows of the pool that may be drawn; all when empty.
  var indices: [Int]
  /// Whether the evaluated document could be in the pool and is kept out of its own prompt.
  var excludesEvaluated: Bool
  var prompt: PromptFormat
  var processDocument: DocumentProcess?
}
