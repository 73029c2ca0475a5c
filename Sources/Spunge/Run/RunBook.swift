import Foundation
import Tensors

/// Keeps a run's manifest on disk up to date.
final class RunBook {
  private var manifest: Manifest
  private let file: String
  private let now: () -> Date
  private let progress: any ProgressSink

  init(_ experiment: Experiment, _ directory: RunDirectory, _ context: RunContext) throws {
    file = directory.manifestFile
    now = context.now
    progress = context.progress
    let resolved = try experiment.yaml()
    try WholeFile.write(resolved, to: directory.experimentFile)
    manifest = Manifest(
      name: experiment.name, experiment: resolved, seed: experiment.seed, started: context.now(),
      threads: ThreadCount.current, machine: .current(),
      versions: Version.all)
    try manifest.write(to: file)
  }

  var warnings: [String] { manifest.warnings }

  func add(_ input: Manifest.Input) throws {
    guard !manifest.inputs.contains(input) else { return }
    manifest.inputs.append(input)
    try manifest.write(to: file)
  }

  func add(_ step: Manifest.Step, warnings: [String] = []) throws {
    manifest.steps.append(step)
    if step.reused { progress.note("\(step.name): reused from an earlier run") }
    try warnings.forEach(warn)
    try manifest.write(to: file)
  }

  func warn(_ text: String) throws {
    guard !manifest.warnings.contains(text) else { return }
    manifest.warnings.append(text)
    try manifest.write(to: file)
  }

  func finish() throws {
    manifest.status = .complete
    manifest.finished = now()
    try manifest.write(to: file)
  }

  func fail(_ reason: String) throws {
    manifest.status = .failed
    manifest.failure = reason
    try manifest.write(to: file)
  }
}

/// The version of this program.
package enum Version {
  package static let current = "0.1.0"

  /// Versions and whatever else affects results: nothing for float32, the kind of products for bfloat16.
  package static var all: [String: String] {
    ["spunge-eval": current, "bfloat16": BFloat16Products.current.rawValue]
  }
}
