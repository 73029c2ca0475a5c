/// Which version of lm-evaluation-harness is followed where its behaviour changed.
package enum HarnessProfile: String, Sendable, Hashable, CaseIterable, Codable {
  /// lm-evaluation-harness 0.4.13.
  case current = "lmeval-0.4.13"
  /// The version of the paper's time: 0.4.2.
  case paper = "lmeval-0.4.2"
}
