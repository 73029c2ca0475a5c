import Foundation

/// What a run's folder keeps of its training: a line for every step, and the state to go on from.
///
/// A run that is taken up takes the steps after its last state again; their lines are written once.
final class UnlearningLog {
  /// Where the training state is, while there is one.
  let state: String
  private let path: String
  private var steps: [UnlearningStep]
  private var journal: Journal<UnlearningStep>?

  /// - Parameter progress: is told of damaged lines, with which the training starts anew.
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

  /// Leaves the lines of steps before `step`.
  private func cut(before step: Int) throws {
    try journal?.close()
    try Journal.write(steps.filter { $0.step < step }, to: path)
    journal = try Journal<UnlearningStep>(path: path)
    steps = []
  }

  /// Closes the log; the state, which can be as large as what trained thrice, is not needed any more.
  func finish() throws {
    try journal?.close()
    journal = nil
    try? FileManager.default.removeItem(atPath: state)
  }
}
