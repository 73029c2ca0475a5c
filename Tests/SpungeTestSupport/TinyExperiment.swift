import Evaluation
import Foundation
package import Spunge
import Tensors
import TestSupport

/// The experiment that CI runs, on the random four-layer model and the invented village.
package enum TinyExperiment {
  private static let root = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
    .path

  /// - Parameter change: edits the file's text.
  package static func read(_ change: (String) -> String = { $0 }) throws -> Experiment {
    try read(try file(change))
  }

  package static func file(_ change: (String) -> String) throws -> ExperimentFile {
    let file = "\(root)/tasks/experiments/tiny.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
      .replacingOccurrences(of: "Tests/Fixtures", with: Fixtures.folder.path)
    return try ExperimentFile(path: file, text: change(text))
  }

  package static func read(_ file: ExperimentFile) throws -> Experiment {
    try Experiment(
      file, variables: [:],
      vocabulary: .init(tasks: ["arc_easy"], formats: ["markdown", "csv", "json", "latex"]))
  }

  /// - Parameter folder: where `results` and `.spunge` will be.
  package static func pipeline(
    _ experiment: Experiment, _ folder: String, progress: any ProgressSink = SilentProgress(),
    memory: Int? = nil, stateInterval: Int = 50
  ) throws -> SpungePipeline {
    try SpungePipeline(
      experiment, tasks: TaskIndex(folder: "\(root)/tasks/harness"),
      paths: .init(
        data: Fixtures.path("tiny"), results: "\(folder)/results", work: "\(folder)/.spunge"),
      context: RunContext(
        random: RandomSource(seed: experiment.seed),
        digests: FileDigests(work: "\(folder)/.spunge", progress: progress), progress: progress,
        memory: memory, stateInterval: stateInterval))
  }
}
