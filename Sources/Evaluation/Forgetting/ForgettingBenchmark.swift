/// A benchmark whose numbers are made from the answers to several tasks, and from a second model's.
package enum ForgettingBenchmark: Sendable, Hashable {
  /// - Parameter split: `01`, `05` or `10`.
  case tofu(split: String)
  /// - Parameter corpus: `news` or `books`.
  case muse(corpus: String)

  /// All of them.
  package static let all: [ForgettingBenchmark] =
    ["01", "05", "10"].map { .tofu(split: $0) } + ["news", "books"].map { .muse(corpus: $0) }

  /// The group of its tasks.
  package var group: String {
    switch self {
    case .tofu(let split): "tofu\(split)"
    case .muse(let corpus): "muse_\(corpus)"
    }
  }

  /// What open-unlearning calls it in file names.
  package var name: String {
    switch self {
    case .tofu: "TOFU"
    case .muse: "MUSE"
    }
  }

  /// Tasks that its numbers are made from.
  package var tasks: [String] {
    switch self {
    case .tofu(let split): TOFUScores.tasks(split)
    case .muse(let corpus): MUSEScores.tasks(corpus)
    }
  }

  /// The task without which it has not been run.
  package var mainTask: String { tasks[0] }

  /// The task whose completions show whether a model still writes.
  var completionTask: String {
    switch self {
    case .tofu(let split): "tofu_forget\(split)_rouge"
    case .muse(let corpus): "muse_\(corpus)_verbmem"
    }
  }

  /// Numbers that are no task's own, and whether larger is better; what privleak should be is 0.
  var derived: [(name: String, higherIsBetter: Bool)] {
    let membership = (ForgettingSamples.attacks.map(\.name) + ["mia_reference"]).map {
      (name: $0, higherIsBetter: false)
    }
    switch self {
    case .tofu:
      return [
        ("forget_quality", true), ("forget_quality_log10", true), ("model_utility", true),
        ("privleak", false), ("forget_degenerate_fraction", false),
        ("retain_degenerate_fraction", false),
      ] + membership
    case .muse:
      return [("privleak", false), ("forget_degenerate_fraction", false)] + membership
    }
  }
}

extension ForgettingSamples {
  /// open-unlearning's attacks and our scores.
  static let attacks = [
    (name: "mia_loss", metric: "loss"), (name: "mia_zlib", metric: "zlib"),
    (name: ForgettingEvaluation.lowestArea, metric: "min_k"),
    (name: "mia_min_k_plus_plus", metric: "min_k++"),
  ]
}
