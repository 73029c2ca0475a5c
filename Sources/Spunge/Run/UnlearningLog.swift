import Foundation

/// A training run's log, one line per step, and the training state to resume from.
///
/// A resumed run repeats the steps after its last state; their lines are not duplicated.
final class UnlearningLog {
  /// Path of the training state, while there is one.
  let state: String
  private let path: String
  private var steps: [UnlearningStep]
  private var journal: Journal<UnlearningStep>?

  /// - Parameter progress: receives notes about damaged lines, after which training restarts.
  init(folder: String, progress: any ProgressSink) throws {
    state = "\(folder)/training.safetensors"
    path = "\(folder)/steps.jsonl"
    let journal = try Journal<UnlearningStep>(path: path)
    steps = journal.records
    self.journal = journal
    if let note = journal.note {
      progress.note(note)
      try? FileManager.default.removeItem(atPath: state)
    }
  }

  func put(_ step: UnlearningStep) throws {
    if steps.contains(where: { $0.step >= step.step }) { try cut(before: step.step) }
    try journal?.append(step)
  }

  /// Keeps only the lines of steps before `step`.
  private func cut(before step: Int) throws {
    try journal?.close()
    try Journal.write(steps.filter { $0.step < step }, to: path)
    journal = try Journal<UnlearningStep>(path: path)
    steps = []
  }

  /// Closes the log and removes the state, which can be three times as large as the trained parameters.
  func finish() throws {
    try journal?.close()
    journal = nil
    try? FileManager.default.removeItem(atPath: state)
  }
}
