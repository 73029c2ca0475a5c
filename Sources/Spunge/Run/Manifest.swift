import Formats
package import Foundation
import Tensors

/// `manifest.json`: a run's inputs, environment and steps.
///
/// Rewritten after every step, so that it is correct whenever a run stops.
package struct Manifest: Codable, Hashable {
  /// Version of this format.
  package private(set) var schema = 1
  package var name: String
  package var status = Status.running
  /// Why the run failed.
  package var failure: String?
  /// The experiment file with every default spelled out, YAML.
  package var experiment: String
  package var seed: UInt64
  package var started: Date
  package var finished: Date?
  /// Number of threads used for arithmetic.
  package var threads: Int
  package var machine: Machine
  /// Version of each library and of this program.
  package var versions: [String: String]
  package var inputs: [Input] = []
  package var steps: [Step] = []
  /// Notes for readers of the table.
  package var warnings: [String] = []

  package enum Status: String, Codable, Sendable {
    case running, complete, failed
  }

  /// A file or folder that was read.
  package struct Input: Codable, Hashable {
    /// Role in the experiment, for example `base` or `forget`.
    package var role: String
    /// Path as in the experiment file.
    package var path: String
    package var sha256: String

    package init(role: String, path: String, sha256: String) {
      self.role = role
      self.path = path
      self.sha256 = sha256
    }
  }

  /// A step that was run or reused.
  package struct Step: Codable, Hashable {
    package var name: String
    /// Digest of the step's key.
    package var key: String
    /// Whether the result is from an earlier run.
    package var reused: Bool
    /// Wall time, in seconds.
    package var seconds: Double
    /// Sizes and figures worth keeping, by name.
    package var figures: [String: Double]

    package init(
      name: String, key: String, reused: Bool, seconds: Double, figures: [String: Double] = [:]
    ) {
      self.name = name
      self.key = key
      self.reused = reused
      self.seconds = seconds
      self.figures = figures
    }
  }

  package init(
    name: String, experiment: String, seed: UInt64, started: Date, threads: Int,
    machine: Machine, versions: [String: String]
  ) {
    self.name = name
    self.experiment = experiment
    self.seed = seed
    self.started = started
    self.threads = threads
    self.machine = machine
    self.versions = versions
  }

  /// Writes the manifest to `path` atomically.
  package func write(to path: String) throws {
    try WholeFile.write(JSON.text(self), to: path)
  }

  /// Reads the manifest at `path`.
  package static func read(_ path: String) throws -> Manifest {
    try JSON.decode(Manifest.self, from: Data(contentsOf: URL(filePath: path)))
  }
}
