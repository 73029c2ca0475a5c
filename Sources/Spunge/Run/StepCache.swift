import Formats
import Foundation
import Tensors

/// Results of steps, cached in the work folder by the key of their inputs.
///
/// A step's folder is valid only if it has `complete.json` and the files listed there have the recorded sizes and
/// digests; otherwise it is damaged or left over from a stopped run, and the step is done again.
package struct StepCache {
  /// The work folder, for example `.spunge`.
  package let work: String
  private let progress: any ProgressSink

  /// - Parameter progress: receives notes about damaged results.
  package init(work: String, progress: any ProgressSink = SilentProgress()) {
    self.work = work
    self.progress = progress
  }

  /// The folder of `key`, finished or not.
  package func folder(_ key: StepKey) -> String { "\(work)/\(key.folderName)" }

  /// The folder with the results of `key`; nil if the step is not finished.
  ///
  /// Reads every file and checks its digest.
  package func finished(_ key: StepKey) -> String? { finished(key, note: progress.note) }

  private func finished(_ key: StepKey, note: (String) -> Void) -> String? {
    let folder = folder(key)
    guard let marker = StepMarker.read(folder, key) else {
      if hasMarker(folder) {
        note("\(folder.shown()): files are damaged or missing; the step is done again")
      }
      return nil
    }
    switch StepDigests.read(checks(key)) {
    case .absent:
      // The current content becomes the reference.
      try? StepDigests((marker.sizes ?? [:]).keys, in: folder).write(to: checks(key))
    case .damaged:
      note("\(checks(key).shown()): damaged or edited; the step is done again")
      return nil
    case .read(let digests):
      guard let damaged = digests.damaged(in: folder) else { break }
      note("\(folder)/\(damaged)".shown() + ": damaged or edited; the step is done again")
      return nil
    }
    // Left by a run that was killed while finishing the step.
    if FileManager.default.fileExists(atPath: "\(folder)/.lock") {
      _ = try? FileLock(folder: folder)
    }
    return folder
  }

  /// The file with the digests of a finished step's files.
  private func checks(_ key: StepKey) -> String { "\(work)/checks/\(key.folderName).json" }

  private func hasMarker(_ folder: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(Step.marker)")
  }

  /// Whether the results of `key` seem complete, without reading them.
  package func seemsFinished(_ key: StepKey) -> Bool { StepMarker.read(folder(key), key) != nil }

  /// Locks the folder of `key` for this run, waiting while another run works on the same step.
  ///
  /// - Parameters:
  ///   - key: what the step depends on.
  ///   - resuming: keeps the journals of a stopped run instead of removing them.
  /// - Returns: the step, to be completed with `finish`, with its folder locked until it is released; `nil` if the
  ///   step is finished.
  /// - Throws: `FileError`.
  package func take(_ key: StepKey, resuming: Bool = false) throws -> Step? {
    let folder = folder(key)
    if finished(key) != nil { return nil }
    while true {
      try WholeFile.makeFolder(folder)
      do {
        let lock = try FileLock(folder: folder)
        // Another run may have finished it, or found it damaged, in the meantime.
        if finished(key, note: { _ in }) != nil { return nil }
        // A stopped run leaves no marker: if there is one, the folder is damaged.
        let isDamaged = hasMarker(folder)
        try clean(folder) { !resuming || isDamaged || Leftovers.isTemporary($0) }
        return Step(folder: folder, key: key, checks: checks(key), lock: lock)
      } catch is LockError {
        Thread.sleep(forTimeInterval: 0.2)
      }
    }
  }

  private func clean(
    _ folder: String, where isOld: (String) -> Bool = { _ in true }
  ) throws(FileError) {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter(isOld)
    // Remove the marker first: a half-cleaned folder must not look finished.
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

/// A step in progress.
package final class Step {
  static let marker = "complete.json"

  package let folder: String
  package let key: StepKey
  private let checks: String
  private let lock: FileLock

  init(folder: String, key: StepKey, checks: String, lock: FileLock) {
    self.folder = folder
    self.key = key
    self.checks = checks
    self.lock = lock
  }

  /// Marks the folder's content as complete.
  package func finish() throws {
    let sizes = StepMarker.sizes(in: folder)
    try StepDigests(sizes.keys, in: folder).write(to: checks)
    try StepMarker(key: key, sizes: sizes).write(to: folder)
  }
}

/// A cached result that cannot be used although its files have the recorded sizes.
package struct DamagedStepError: InputFailure, CustomStringConvertible {
  let folder: String
  let cause: any Error

  package var description: String {
    "\(cause)\n\(folder) is the cached result of a step: remove this folder and rerun the command; only "
      + "this step is done again"
  }
}
