import ArgumentParser
import LanguageModels
import Spunge

/// Options of commands that train.
struct TrainingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Memory to stay within, for example 8G (default: the fastest arrangement).",
      valueName: "bytes"))
  var memory: ByteCount?
  @Flag(help: "Prints tokens and memory of the run, and stops.") var plan = false
  @Option(help: "File with the training state; an interrupted run that is given it again goes on.")
  var state: String?
  @Option(help: "Steps between two writes of the training state.") var stateInterval = 50
  @Option(help: "Folder for the trained PEFT adapter; must not exist.") var adapterOutput: String?

  func validate() throws {
    try OptionRange.check("--state-interval", stateInterval, OptionRange.positive)
  }

  func apply(_ plan: TrainingPlan?, to job: inout UnlearningJob) {
    if let plan { job.memory = plan.memory }
    job.state = state.map { TrainingStateFile(path: $0, interval: stateInterval) }
    job.adapterFolder = adapterOutput
  }

  /// The need of a run, for people.
  static func text(tokens: Int, _ plan: TrainingPlan?) -> String {
    let tokens = "\(tokens) tokens"
    guard let plan else { return tokens }
    let parts = [
      ("frozen weights", plan.weightBytes), ("trained parameters", plan.trainedBytes),
      ("activations", plan.activationBytes), ("work", plan.workingBytes),
      ("program", TrainingPlan.programBytes),
    ]
    let lines = parts.map { name, bytes in
      name.padded(to: 20) + "\(bytes >> 20) MiB"
    }
    let arrangement =
      (plan.memory.keepsWeights ? "frozen weights stay in memory" : "frozen weights are read anew")
      + (plan.memory.recomputes ? ", activations are computed twice" : ", activations are kept")
    return
      ([tokens, arrangement] + lines + ["together".padded(to: 20) + "\(plan.totalBytes >> 20) MiB"])
      .joined(separator: "\n")
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}

/// A number of bytes as a person writes it: `500M`, `8G`, `1000000`; K, M and G are powers of 1024.
struct ByteCount: ExpressibleByArgument {
  let count: Int

  init?(argument: String) {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    let unit = argument.uppercased().last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? argument[...] : argument.dropLast()),
      number > 0, number * Double(unit ?? 1) < 1e18
    else { return nil }
    count = Int(number * Double(unit ?? 1))
  }
}
