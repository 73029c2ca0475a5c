import Formats
import Foundation
import Tensors

/// Results of steps, kept in the work folder under the key of what they were made from.
///
/// A step's folder counts only once it holds `complete.json`, and while the files listed there have their sizes and
/// are what they were; otherwise it is left over from a run that was stopped, or damaged, and the step is done again.
package struct StepCache {
  /// The work folder, for example `.spunge`.
  package let work: String
  private let progress: any ProgressSink

  /// - Parameter progress: is told of damaged results.
  package init(work: String, progress: any ProgressSink = SilentProgress()) {
    self.work = work
    self.progress = progress
  }

  /// The folder of `key`, finished or not.
  package func folder(_ key: StepKey) -> String { "\(work)/\(key.folderName)" }

  /// The folder with the results of `key`; nil when the step has not been finished.
  ///
  /// Every file is read, so that what is used is what was written.
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
      // What is there now is held against from now on.
      try? StepDigests((marker.sizes ?? [:]).keys, in: folder).write(to: checks(key))
    case .damaged:
      note("\(checks(key).shown()): damaged or edited; the step is done again")
      return nil
    case .read(let digests):
      guard let damaged = digests.damaged(in: folder) else { break }
      note("\(folder)/\(damaged)".shown() + ": damaged or edited; the step is done again")
      return nil
    }
    // That of a run that was killed as it finished the step.
    if FileManager.default.fileExists(atPath: "\(folder)/.lock") {
      _ = try? FileLock(folder: folder)
    }
    return folder
  }

  /// Where the digests of a finished step's files are.
  private func checks(_ key: StepKey) -> String { "\(work)/checks/\(key.folderName).json" }

  private func hasMarker(_ folder: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(Step.marker)")
  }

  /// Whether the results of `key` are there, as far as can be told without reading them.
  package func seemsFinished(_ key: StepKey) -> Bool { StepMarker.read(folder(key), key) != nil }

  /// Takes the folder of `key` for this run, waiting while another run works on the same step.
  ///
  /// - Parameters:
  ///   - key: what the step depends on.
  ///   - resuming: keeps what a stopped run left (its journals) instead of removing it.
  /// - Returns: the step, to be `finish`ed, its folder locked until it goes away; `nil` where the step is finished.
  /// - Throws: `FileError`.
  package func take(_ key: StepKey, resuming: Bool = false) throws -> Step? {
    let folder = folder(key)
    if finished(key) != nil { return nil }
    while true {
      try WholeFile.makeFolder(folder)
      do {
        let lock = try FileLock(folder: folder)
        // Another run may have finished it, or found it damaged, since it was looked at.
        if finished(key, note: { _ in }) != nil { return nil }
        // A stopped run leaves no marker: with one, nothing here can be trusted.
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
  private let checks: String
  private let lock: FileLock

  init(folder: String, key: StepKey, checks: String, lock: FileLock) {
    self.folder = folder
    self.key = key
    self.checks = checks
    self.lock = lock
  }

  /// Declares the folder's content complete.
  package func finish() throws {
    let sizes = StepMarker.sizes(in: folder)
    try StepDigests(sizes.keys, in: folder).write(to: checks)
    try StepMarker(key: key, sizes: sizes).write(to: folder)
  }
}

/// A kept result that cannot be used although its files have their sizes.
package struct DamagedStepError: InputFailure, CustomStringConvertible {
  let folder: String
  let cause: any Error

  package var description: String {
    "\(cause)\n\(folder) is the kept result of a step: remove this folder and run again, and only this "
      + "step is done again"
  }
}
