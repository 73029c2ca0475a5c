import Formats

/// How the likelihoods of answers are scored (`output_type: answer_likelihoods`).
struct AnswerPlan: Sendable, Hashable {
  /// Whether the token that ends a text is part of an answer, and the scores of memory leave it out again.
  var endsText = true
  /// The share of least likely tokens that Min-K% and Min-K%++ look at.
  var lowestShare = 0.4
}

extension TaskReader {
  /// `metadata.ends_answer` and `metadata.lowest_share`, keys of this project that the harness passes over.
  mutating func answerPlan() -> AnswerPlan {
    var plan = AnswerPlan()
    if let setting = file["metadata"]?["ends_answer"] {
      if case .bool(let value)? = setting.scalar {
        plan.endsText = value
      } else {
        report(setting, "metadata: 'ends_answer' must be true or false")
      }
    }
    if let setting = file["metadata"]?["lowest_share"] {
      if let share = setting.scalar?.doubleValue, share > 0, share <= 1 {
        plan.lowestShare = share
      } else {
        report(setting, "metadata: 'lowest_share' must be a number above 0, at most 1")
      }
    }
    return plan
  }
}
