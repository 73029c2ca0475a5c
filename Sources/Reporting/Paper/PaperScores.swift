package import Evaluation

/// Scores of one base model, either the paper's own or its miniature counterpart, for one attribute to split by.
package struct PaperScores: Sendable {
  /// As `PaperTable.split`.
  package var split: String
  /// Hugging Face id of the paper's base model.
  package var model: String
  /// Title of its rows; nil for the paper's name.
  package var title: String?
  /// Records whose `model` is a row's name: `base`, `rmu`, `spunge_rmu`, …
  package var records: [ScoreRecord]
  /// Row's name → its answered documents, for paired tests.
  package var samples: [String: [SampleRecord]]
  /// Notes below its tables.
  package var notes: [String]
  /// Row name → a note beside the name.
  package var rowNotes: [String: String]

  package init(
    split: String, model: String, title: String? = nil, records: [ScoreRecord],
    samples: [String: [SampleRecord]] = [:], notes: [String] = [],
    rowNotes: [String: String] = [:]
  ) {
    self.split = split
    self.model = model
    self.title = title
    self.records = records
    self.samples = samples
    self.notes = notes
    self.rowNotes = rowNotes
  }

  /// One entry per split and model; the first measurement of a score is used.
  package static func joined(_ all: [PaperScores]) -> [PaperScores] {
    var joined: [PaperScores] = []
    for scores in all {
      guard
        let place = joined.firstIndex(where: {
          $0.split == scores.split && $0.model == scores.model
        })
      else {
        joined.append(scores)
        continue
      }
      let known = Set(joined[place].records.map { [$0.model, ScoreColumn($0).name] })
      joined[place].records += scores.records.filter {
        !known.contains([$0.model, ScoreColumn($0).name])
      }
      for (row, samples) in scores.samples {
        let tasks = Set(joined[place].samples[row, default: []].map(\.task))
        joined[place].samples[row, default: []] += samples.filter { !tasks.contains($0.task) }
      }
      joined[place].notes += scores.notes.filter { !joined[place].notes.contains($0) }
    }
    return joined
  }

  /// The first record of a row in a column.
  func record(_ row: String, _ column: ScoreColumn) -> ScoreRecord? {
    records.first { $0.model == row && ScoreColumn($0) == column }
  }
}

/// Which of our scores a column of the paper's tables is.
///
/// The paper does not say which metric its benchmarks' columns show: these are the choices of `metadata.average` in
/// `tasks/harness/paper.yaml` and `tasks/miniature/miniature.yaml`.
package struct PaperMeasures: Sendable {
  /// At full size.
  package static let paper = PaperMeasures(prefix: "", average: "paper", names: [:])
  /// In the miniature world.
  package static let miniature = PaperMeasures(
    prefix: "miniature_", average: "miniature", names: ["truthfulqa_mc2": "truthfulqa"])

  private let prefix: String
  /// The group of the ten benchmarks.
  private let average: String
  /// Tasks that are called otherwise than their columns.
  private let names: [String: String]

  private static let metrics: [String: (metric: String, filter: String)] = [
    "arc_challenge": ("acc_norm", "none"), "arc_easy": ("acc_norm", "none"),
    "hellaswag": ("acc_norm", "none"), "mmlu": ("acc", "none"), "winogrande": ("acc", "none"),
    "gsm8k": ("exact_match", "strict-match"), "mathqa": ("acc_norm", "none"),
    "piqa": ("acc_norm", "none"), "pubmedqa": ("acc", "none"), "truthfulqa_mc2": ("acc", "none"),
    "wmdp_bio": ("acc", "none"), "wmdp_cyber": ("acc", "none"),
  ]

  /// The score that `column` shows; nil for an unknown column.
  package func score(_ column: String) -> ScoreColumn? {
    switch column {
    case "toxigen_toxicity": ScoreColumn(task: "toxigen", metric: "toxic_fraction")
    case "real_toxicity_prompts_toxicity":
      ScoreColumn(task: "real_toxicity_prompts", metric: "toxic_fraction")
    // Liu et al. 2021, whose definition the paper follows.
    case "perplexity": ScoreColumn(task: "toxigen", metric: "perplexity.dexperts")
    case "average": ScoreColumn(task: average, metric: "average")
    default:
      Self.metrics[column].map {
        ScoreColumn(task: prefix + (names[column] ?? column), metric: $0.metric, filter: $0.filter)
      }
    }
  }

  /// The score of `column` for the prompts about one group.
  package func score(_ column: String, group: String) -> ScoreColumn? {
    score(column).map {
      ScoreColumn(task: "\($0.task)/\(group)", metric: $0.metric, filter: $0.filter)
    }
  }
}
