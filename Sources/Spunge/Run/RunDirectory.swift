import Foundation
package import Tensors

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

  /// Makes the folder and takes it for this run until this object goes away.
  ///
  /// - Throws: `LockError` when another run has it, or `FileError`.
  package init(path: String) throws {
    self.path = path
    try WholeFile.makeFolder(path)
    lock = try FileLock(folder: path)
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
    "\(path)/samples/\(folder(variant))/\(task).jsonl"
  }

  /// A variant's completions of a source's prompts.
  package func completionsFile(variant: String, source: String) -> String {
    "\(path)/completions/\(Self.folder(variant))/\(source).jsonl"
  }

  package var toxicityFile: String { "\(path)/toxicity.json" }

  /// A name is one folder, whatever it is made of.
  private static func folder(_ variant: String) -> String {
    let folder = variant.replacingOccurrences(of: "/", with: "_")
    return folder.isEmpty || folder.allSatisfy { $0 == "." } ? "_" + folder : folder
  }

  /// Puts a whole copy of the finished file `source` at `destination`.
  package func publish(_ source: String, as destination: String) throws {
    try WholeFile.makeFolder((destination as NSString).deletingLastPathComponent)
    let content = try MappedFile(path: source)
    let copy = try AtomicFile(path: destination)
    try content.reading { try copy.write($0) }
    try copy.commit()
  }
}
