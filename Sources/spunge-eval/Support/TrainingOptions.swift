import ArgumentParser
import LanguageModels
import Spunge

/// Options of commands that train.
struct TrainingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Memory limit, for example 8G (default: use what is fastest).",
      valueName: "bytes"))
  var memory: ByteCount?
  @Flag(help: "Only print the tokens and memory that the run needs.") var plan = false
  @Option(help: "File for the training state; give it again to resume an interrupted run.")
  var state: String?
  @Option(help: "Training steps between two checkpoints of the training state.")
  var stateInterval = 50
  @Option(help: "Folder for the trained PEFT adapter; must not exist.") var adapterOutput: String?

  func validate() throws {
    try OptionRange.check("--state-interval", stateInterval, OptionRange.positive)
  }

  func apply(_ plan: TrainingPlan?, to job: inout UnlearningJob) {
    if let plan { job.memory = plan.memory }
    job.state = state.map { TrainingStateFile(path: $0, interval: stateInterval) }
    job.adapterFolder = adapterOutput
  }

  /// A run's needs in human-readable form.
  static func text(tokens: Int, _ plan: TrainingPlan?) -> String {
    let tokens = "\(tokens) tokens"
    guard let plan else { return tokens }
    let parts = [
      ("frozen weights", plan.weightBytes), ("trained parameters", plan.trainedBytes),
      ("activations", plan.activationBytes), ("workspace", plan.workingBytes),
      ("program", TrainingPlan.programBytes),
    ]
    let lines = parts.map { name, bytes in
      name.padded(to: 20) + "\(bytes >> 20) MiB"
    }
    let arrangement =
      (plan.memory.keepsWeights
        ? "frozen weights are kept in memory" : "frozen weights are reread in every step")
      + (plan.memory.recomputes ? ", activations are recomputed" : ", activations are kept")
    return
      ([tokens, arrangement] + lines + ["total".padded(to: 20) + "\(plan.totalBytes >> 20) MiB"])
      .joined(separator: "\n")
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
