import Foundation

/// What a plan takes on this machine.
package struct RunEstimate {
  /// As a run does them; those of one name are one.
  package private(set) var steps: [Workload.Step] = []
  package let memoryBytes: Int
  private let peak: String

  /// - Throws: what tokenising the questions throws.
  package init(_ plan: Plan, _ speed: MachineSpeed) throws {
    let work = try Workload(plan)
    for step in try work.steps(speed) {
      if steps.last?.name == step.name {
        steps[steps.count - 1].tokens += step.tokens
        steps[steps.count - 1].seconds += step.seconds
      } else {
        steps.append(step)
      }
    }
    memoryBytes = work.memoryBytes
    peak = speed.text(plan.experiment.scoring.computeType)
  }

  /// The steps as lines of text, and their sum.
  package var text: String {
    let rows = steps.map { step in
      let name = step.name.padding(toLength: 36, withPad: " ", startingAt: 0)
      let tokens = step.tokens == 0 ? "" : "\(step.tokens) tokens"
      return name + tokens.padding(toLength: 18, withPad: " ", startingAt: 0)
        + Self.time(step.seconds)
    }
    let total = steps.reduce(0) { $0 + $1.seconds }
    return
      (rows + [
        "\(total < 1 ? "less than a second" : "about \(Self.time(total))") at \(peak) measured, "
          + "\(memoryBytes >> 20) MiB of memory"
      ]).joined(separator: "\n")
  }

  private static func time(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e15))
    return whole < 1 ? "" : "\(whole / 60):" + String(format: "%02d min", whole % 60)
  }
}
