/// The numbers of MUSE, from the tasks of the group `muse_news` or `muse_books`.
///
/// Shi et al. 2024, "MUSE", https://arxiv.org/abs/2407.06460, whose signs and stems these are: an overlap is F1 of whole
/// words, and a leakage below 0 says that the texts are still remembered.
struct MUSEScores {
  private let corpus: String
  private let samples: ForgettingSamples

  static func tasks(_ corpus: String) -> [String] {
    ["verbmem", "knowmem_forget", "knowmem_retain", "privleak_forget", "privleak_holdout"].map {
      "muse_\(corpus)_\($0)"
    }
  }

  init(corpus: String, samples: ForgettingSamples) {
    self.corpus = corpus
    self.samples = samples
  }

  func metrics(_ given: ForgettingReference?) -> [ForgettingMetric] {
    // A file with truth ratios is TOFU's: its areas are of other texts.
    let isOfTOFU = given?.samples == nil && given?.truthRatios != nil
    let reference = isOfTOFU ? nil : given
    let (forget, holdout) = (task("privleak_forget"), task("privleak_holdout"))
    let attacks =
      ForgettingSamples.attacks.map {
        samples.area($0.name, $0.metric, forget: forget, holdout: holdout)
      } + [samples.area(against: reference, forget: forget, holdout: holdout)]
    return [
      overlap("forget_verbmem_ROUGE", "verbmem"),
      overlap("forget_knowmem_ROUGE", "knowmem_forget"),
      overlap("retain_knowmem_ROUGE", "knowmem_retain"),
      attacks.privacyLeak(reference) { MembershipInference.leakage(area: $0, retain: $1) },
      samples.degenerate("forget_degenerate_fraction", of: task("verbmem")),
    ] + attacks
  }

  private func task(_ name: String) -> String { "muse_\(corpus)_\(name)" }

  private func overlap(_ name: String, _ task: String) -> ForgettingMetric {
    let fields = [("rougeL_f1", "rougeL_f1_words")]
    return samples.mean(
      name, of: self.task(task), "rougeL_f1_words", fields: fields, tellsTexts: true)
  }
}
