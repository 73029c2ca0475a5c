/// The numbers of TOFU as open-unlearning makes them, from the tasks of the group `tofu01`, `tofu05` or `tofu10`.
///
/// Maini et al. 2024, "TOFU", https://arxiv.org/abs/2401.06121; Dorna et al. 2025, "OpenUnlearning",
/// https://arxiv.org/abs/2506.12618
struct TOFUScores {
  private let samples: ForgettingSamples
  private let forget, forgetText, holdout: String

  /// Something that must be kept.
  private struct Kept {
    /// open-unlearning's short name, and what it calls the probability.
    let name, probability: String
    /// Our task, and our metric of the probability.
    let task, metric: String
  }

  private static let kept = [
    Kept(
      name: "retain", probability: "Q_A_Prob", task: "tofu_retain", metric: "probability"),
    Kept(
      name: "ra", probability: "Q_A_Prob_normalised", task: "tofu_real_authors",
      metric: "probability_normalised"),
    Kept(
      name: "wf", probability: "Q_A_Prob_normalised", task: "tofu_world_facts",
      metric: "probability_normalised"),
  ]

  static func tasks(_ split: String) -> [String] {
    ["tofu_forget\(split)", "tofu_forget\(split)_rouge", "tofu_holdout\(split)"]
      + kept.flatMap { [$0.task, "\($0.task)_rouge"] }
  }

  init(split: String, samples: ForgettingSamples) {
    self.samples = samples
    forget = "tofu_forget\(split)"
    forgetText = "tofu_forget\(split)_rouge"
    holdout = "tofu_holdout\(split)"
  }

  var truthRatios: [Double]? { samples.values("wrong_to_right", of: forget) }

  func metrics(_ reference: ForgettingReference?) -> [ForgettingMetric] {
    let attacks =
      ForgettingSamples.attacks.map {
        samples.area($0.name, $0.metric, forget: forget, holdout: holdout)
      } + [samples.area(against: reference, forget: forget, holdout: holdout)]
    let kept = Self.kept.flatMap { set in
      [
        probability("\(set.name)_\(set.probability)", of: set.task, set.metric),
        overlap("\(set.name)_Q_A_ROUGE", of: "\(set.task)_rouge"),
        ratio("\(set.name)_Truth_Ratio", of: set.task, "truth_ratio_true_better"),
      ]
    }
    return quality(reference) + [
      ratio("forget_truth_ratio", of: forget, "truth_ratio"),
      probability("forget_Q_A_Prob", of: forget, "probability"),
      overlap("forget_Q_A_ROUGE", of: forgetText),
      memory("extraction_strength"), memory("exact_memorization"),
    ] + kept + [
      utility(kept), attacks.privacyLeak(reference),
      samples.degenerate("forget_degenerate_fraction", of: forgetText),
      samples.degenerate("retain_degenerate_fraction", of: "tofu_retain_rouge"),
    ] + attacks
  }

  private func probability(_ name: String, of task: String, _ metric: String) -> ForgettingMetric {
    samples.mean(name, of: task, metric, fields: [("prob", metric), ("avg_loss", "loss")])
  }

  private func overlap(_ name: String, of task: String) -> ForgettingMetric {
    let fields = ["rouge1_recall", "rougeL_f1", "rougeL_recall"].map { ($0, $0) }
    return samples.mean(name, of: task, "rougeL_recall", fields: fields, tellsTexts: true)
  }

  private func ratio(_ name: String, of task: String, _ metric: String) -> ForgettingMetric {
    samples.mean(name, of: task, metric, fields: [("score", "wrong_to_right")])
  }

  private func memory(_ metric: String) -> ForgettingMetric {
    samples.mean(metric, of: forget, metric, fields: [("score", metric)])
  }

  /// Whether the ratios could be the reference's: p of the two-sample test, and its logarithm.
  private func quality(_ reference: ForgettingReference?) -> [ForgettingMetric] {
    let names = ["forget_quality", "forget_quality_log10"]
    func missing(_ reason: String) -> [ForgettingMetric] {
      names.map { ForgettingMetric($0, missing: reason) }
    }
    guard let own = truthRatios, !own.isEmpty, !own.contains(where: \.isNaN) else {
      return missing(
        "the task \(forget) was not scored, has no ratios, or some that are no numbers")
    }
    guard let reference else {
      return missing(ForgettingReference.missing)
    }
    guard let ratios = reference.truthRatios, !ratios.isEmpty else {
      return missing("\(reference.name) has no truth ratios of the forget set")
    }
    let test = KolmogorovSmirnov(own, ratios)
    let documents = own.count + ratios.count
    return [
      ForgettingMetric(names[0], test.pValue, documents: documents),
      ForgettingMetric(names[1], test.log10PValue, documents: documents),
    ]
  }

  private func utility(_ kept: [ForgettingMetric]) -> ForgettingMetric {
    let name = "model_utility"
    let values = kept.compactMap(\.value)
    if let missing = kept.first(where: { $0.value == nil }) {
      return ForgettingMetric(name, missing: "\(missing.name): \(missing.reason ?? "no value")")
    }
    guard let mean = HarmonicMean.of(values) else {
      return ForgettingMetric(name, missing: "nothing that must be kept was scored")
    }
    return ForgettingMetric(name, mean, documents: kept.reduce(0) { $0 + $1.documents })
  }
}

extension [ForgettingMetric] {
  /// How far Min-K% is from the reference's, of the areas' complements in percent.
  fileprivate func privacyLeak(_ reference: ForgettingReference?) -> ForgettingMetric {
    privacyLeak(reference) { MembershipInference.complementLeakage(area: $0, retain: $1) }
  }

  /// - Parameter leakage: of the model's and the reference's area; `nil` where there is none.
  func privacyLeak(
    _ reference: ForgettingReference?, _ leakage: (Double, Double) -> Double?
  ) -> ForgettingMetric {
    let name = "privleak"
    guard let own = first(where: { $0.name == ForgettingEvaluation.lowestArea }),
      let area = own.value
    else {
      let reason = first { $0.name == ForgettingEvaluation.lowestArea }?.reason
      return ForgettingMetric(name, missing: reason ?? "Min-K% was not scored")
    }
    guard let reference else {
      return ForgettingMetric(name, missing: ForgettingReference.missing)
    }
    guard let retain = reference.lowestArea else {
      return ForgettingMetric(
        name,
        missing: "\(reference.name) has no area of Min-K% (\(ForgettingEvaluation.lowestArea))")
    }
    guard let value = leakage(area, retain) else {
      return ForgettingMetric(name, missing: "the reference's area of Min-K% is 1")
    }
    return ForgettingMetric(name, value, documents: own.documents)
  }
}
