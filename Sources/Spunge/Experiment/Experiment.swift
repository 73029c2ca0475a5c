package import Tensors

/// A validated experiment: all names are known, all paths exist and all methods have valid settings.
package struct Experiment {
  /// Name of the results folder.
  package var name: String
  package var seed: UInt64
  /// The model that is unlearned from: a GGUF file, a Hugging Face folder, or the id of one in the cache.
  package var model: ExperimentPath
  package var forget: [ExperimentPath]
  /// Empty when the unlearning method needs none.
  package var retain: [ExperimentPath]
  package var splitter: any Splitter
  /// Folder of the classifier that the splitter uses; nil if it uses none.
  package var splitClassifier: ExperimentPath?
  package var processing: PartProcessing
  package var unlearning: any UnlearningMethod
  package var merge: any MergeMethod
  package var mergeOrder: NegationOrder
  package var scoring: Scoring
  package var table: Table

  /// Which models are scored on which tasks, and their compute dtype.
  package struct Scoring: Sendable, Hashable {
    package var variants: [Variant]
    /// Variants derived from other variants; their rows follow those of `variants`.
    package var derived: [Recipe] = []
    /// Files that variants relearn from, by what transforms call them.
    package var corpora: [String: ExperimentPath] = [:]
    /// Scaling coefficient *λ* of every unlearned variant's difference from the base, unitless.
    package var scale = 1.0
    package var computeType: ComputeType
    package var tasks: [TaskChoice]
    /// Completions to classify; nil for none.
    package var toxicity: Toxicity?
    /// The model that measures their perplexity; nil for none.
    package var fluency: Fluency?
  }

  /// One model that is scored.
  package enum Variant: String, CaseIterable, Sendable, Codable {
    /// The model as it is.
    case base
    /// Unlearned on all parts pooled.
    case monolithic
    /// Unlearned part by part and merged.
    case spunge
    /// Like `spunge`, but with equally many random parts of equal size: shows whether the attribute matters or only
    /// the number of parts.
    case control

    /// The name of its row in tables, for example `spunge_rmu`.
    package func rowName(unlearning method: String) -> String {
      switch self {
      case .base: "base"
      case .monolithic: method
      case .spunge: "spunge_\(method)"
      case .control: "random_\(method)"
      }
    }

    /// The paper's name for it, for example `SPUNGE-RMU`.
    package func title(unlearning title: String) -> String {
      switch self {
      case .base: "base"
      case .monolithic: title
      case .spunge: "SPUNGE-\(title)"
      case .control: "random-\(title)"
      }
    }
  }

  /// One benchmark.
  package struct TaskChoice: Sendable, Hashable {
    package var name: String
    /// Number of documents; nil for all.
    package var limit: Int?
    /// Number of few-shot examples; nil for the task file's own.
    package var fewShot: Int?

    package init(name: String, limit: Int? = nil, fewShot: Int? = nil) {
      self.name = name
      self.limit = limit
      self.fewShot = fewShot
    }
  }

  /// The tables to write.
  package struct Table: Sendable, Hashable {
    /// Names of report formats.
    package var formats: [String]
    /// The variant that the others are compared with: its name in the experiment file.
    package var baseline: String
    /// What benchmarks of forgetting compare with: a retain model's `TOFU_EVAL.json`.
    package var reference: ExperimentPath?
    /// Tables and figures of the paper that the variants are rows of.
    package var paper = PaperPlaces()

    package init(formats: [String], baseline: String = Variant.base.rawValue) {
      self.formats = formats
      self.baseline = baseline
    }
  }

  /// The names that an experiment may use besides those of methods and variants.
  package struct Vocabulary: Sendable {
    /// Task and group names.
    package var tasks: [String]
    /// Names of report formats.
    package var formats: [String]

    package init(tasks: [String], formats: [String]) {
      self.tasks = tasks
      self.formats = formats
    }
  }

  /// Validates `file` and collects all of its problems.
  ///
  /// - Parameters:
  ///   - file: the YAML as written.
  ///   - variables: values for `${NAME}` in paths; command-line values override the environment.
  ///   - vocabulary: names that may be used.
  ///   - needsFiles: whether a missing file or model is a problem.
  /// - Throws: `ExperimentError.invalid` with every problem.
  package init(
    _ file: ExperimentFile, variables: [String: String], vocabulary: Vocabulary,
    needsFiles: Bool = true
  ) throws(ExperimentError) {
    let reader = ExperimentReader(
      file: file, variables: variables, vocabulary: vocabulary, needsFiles: needsFiles)
    let experiment = reader.read()
    guard let experiment, reader.problems.isEmpty else {
      throw .invalid(path: file.path, problems: reader.problems)
    }
    self = experiment
  }

  init(
    name: String, seed: UInt64, model: ExperimentPath, forget: [ExperimentPath],
    retain: [ExperimentPath], splitter: any Splitter, splitClassifier: ExperimentPath?,
    processing: PartProcessing, unlearning: any UnlearningMethod, merge: any MergeMethod,
    mergeOrder: NegationOrder, scoring: Scoring, table: Table
  ) {
    self.name = name
    self.seed = seed
    self.model = model
    self.forget = forget
    self.retain = retain
    self.splitter = splitter
    self.splitClassifier = splitClassifier
    self.processing = processing
    self.unlearning = unlearning
    self.merge = merge
    self.mergeOrder = mergeOrder
    self.scoring = scoring
    self.table = table
  }
}
