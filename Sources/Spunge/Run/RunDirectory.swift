import Formats
import Foundation
import Tensors

/// Layout of `results/<name>`, the results of a run.
///
///     experiment.yaml                  every default spelled out
///     manifest.json                    inputs, environment, steps
///     samples/<variant>/<task>.jsonl   one line per question
///     completions/<variant>/<source>.jsonl  one line per classified completion
///     toxicity.json                    how completions were generated and classified
///     scores.jsonl                     one line per score
///     table.md, table.csv, …
///
/// Checkpoints and unfinished work are in the work folder (`StepCache`), never here.
package final class RunDirectory {
  /// The folder itself.
  package let path: String
  private let lock: FileLock

  /// Creates the folder, locks it for this run until this object is released, and removes leftovers of killed runs.
  ///
  /// - Parameter patience: how long to wait for another run that holds the lock.
  /// - Throws: `LockError` if another run holds the lock, or `FileError`.
  package init(path: String, patience: Duration = .zero) throws {
    self.path = path
    try WholeFile.makeFolder(path)
    try Self.checkLinks(in: path)
    lock = try FileLock.of(folder: path, patience: patience)
    Leftovers.remove(in: path)
    for kind in ["samples", "completions"] {
      let variants = try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(kind)")
      for variant in variants ?? [] { Leftovers.remove(in: "\(path)/\(kind)/\(variant)") }
    }
  }

  package var experimentFile: String { "\(path)/experiment.yaml" }
  package var manifestFile: String { "\(path)/manifest.json" }
  package var scoresFile: String { "\(path)/scores.jsonl" }

  /// The answered questions of a variant on a task.
  package func samplesFile(variant: String, task: String) -> String {
    Self.samplesFile(in: path, variant: variant, task: task)
  }

  /// The answered questions of a variant on a task in the run folder `path`.
  package static func samplesFile(in path: String, variant: String, task: String) -> String {
    "\(path)/samples/\(variant.fileName)/\(task.fileName).jsonl"
  }

  /// A variant's completions of a source's prompts.
  package func completionsFile(variant: String, source: String) -> String {
    "\(path)/completions/\(variant.fileName)/\(source.fileName).jsonl"
  }

  package var toxicityFile: String { "\(path)/toxicity.json" }

  /// The path in version 1 and earlier for samples of a variant whose name contains a slash.
  package static func earlierSamplesFile(in path: String, variant: String, task: String) -> String {
    let folder = variant.replacing("/", with: "_")
    return samplesFile(in: path, variant: folder, task: task)
  }

  /// Checks that no symbolic link, which someone else may have planted, redirects a run's files.
  private static func checkLinks(in path: String) throws(FileError) {
    for part in ["samples", "completions"].map({ "\(path)/\($0)" }) {
      let folders = (try? FileManager.default.contentsOfDirectory(atPath: part)) ?? []
      for folder in [part] + folders.map({ "\(part)/\($0)" }) {
        if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: folder) {
          throw .link(path: folder, target: target)
        }
      }
    }
  }
}
