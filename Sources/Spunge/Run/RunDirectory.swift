import Formats
import Foundation
import Tensors

/// Layout of `results/<name>`: what a run leaves for people and for the table.
///
///     experiment.yaml                  every default spelled out
///     manifest.json                    what it was made from, and with
///     samples/<variant>/<task>.jsonl   one line a question
///     completions/<variant>/<source>.jsonl  one line a judged completion
///     toxicity.json                    how completions were made and judged
///     scores.jsonl                     one line a number
///     table.md, table.csv, …
///
/// Checkpoints and half-done work are in the work folder (`StepCache`), never here.
package final class RunDirectory {
  /// The folder itself.
  package let path: String
  private let lock: FileLock

  /// Makes the folder and takes it for this run until this object goes away; removes what killed runs left there.
  ///
  /// - Parameter patience: how long another run that has it is waited for.
  /// - Throws: `LockError` when another run has it, or `FileError`.
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

  /// Where version 1 and earlier put the samples of a variant whose name holds a slash.
  package static func earlierSamplesFile(in path: String, variant: String, task: String) -> String {
    let folder = variant.replacing("/", with: "_")
    return samplesFile(in: path, variant: folder, task: task)
  }

  /// Links in the folder, which somebody else may have made, must not lead a run's files elsewhere.
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
