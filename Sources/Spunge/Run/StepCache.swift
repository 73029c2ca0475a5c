import Foundation
import Tensors

/// Results of steps, kept in the work folder under the key of what they were made from.
///
/// A step's folder counts only once it holds `complete.json`; without it, it is left over from a run
/// that was stopped.
package struct StepCache: Sendable {
  /// The work folder, for example `.spunge`.
  package let work: String

  package init(work: String) { self.work = work }

  /// The folder of `key`, finished or not.
  package func folder(_ key: StepKey) -> String { "\(work)/\(key.folderName)" }

  /// The folder with the results of `key`; nil when the step has not been finished.
  package func finished(_ key: StepKey) -> String? {
    let marker = URL(filePath: "\(folder(key))/\(Step.marker)")
    guard let data = try? Data(contentsOf: marker),
      let stored = try? JSONDecoder().decode(StepKey.self, from: data), stored == key
    else { return nil }
    return folder(key)
  }

  /// Takes the folder of `key` for this run, waiting while another run works on the same step.
  ///
  /// - Parameters:
  ///   - key: what the step depends on.
  ///   - resuming: keeps what a stopped run left (its journals) instead of removing it.
  /// - Returns: the step, to be `finish`ed, its folder locked until it goes away; `nil` where the step is finished.
  /// - Throws: `FileError`.
  package func take(_ key: StepKey, resuming: Bool = false) throws -> Step? {
    let folder = folder(key)
    while finished(key) == nil {
      try WholeFile.makeFolder(folder)
      do {
        let lock = try FileLock(folder: folder)
        if finished(key) != nil { return nil }
        try clean(folder) { !resuming || AtomicFile.isLeftover($0) }
        return Step(folder: folder, key: key, lock: lock)
      } catch is LockError {
        Thread.sleep(forTimeInterval: 0.2)
      }
    }
    return nil
  }

  private func clean(
    _ folder: String, where isOld: (String) -> Bool = { _ in true }
  ) throws(FileError) {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter(isOld)
    // The marker goes first: a half-cleaned folder must not look finished.
    let first = names.filter { $0 == Step.marker }
    for name in first + names.filter({ $0 != Step.marker && $0 != ".lock" }) {
      do {
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      } catch {
        throw .system(path: "\(folder)/\(name)", action: "remove", code: errno)
      }
    }
  }
}

/// A step at work in its folder.
package final class Step {
  static let marker = "complete.json"

  package let folder: String
  package let key: StepKey
  private let lock: FileLock

  init(folder: String, key: StepKey, lock: FileLock) {
    self.folder = folder
    self.key = key
    self.lock = lock
  }

  /// Declares the folder's content complete.
  package func finish() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(key), as: UTF8.self)
    try WholeFile.write(text + "\n", to: "\(folder)/\(Self.marker)")
  }
}
