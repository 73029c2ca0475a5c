package import Formats
import Foundation
import Tensors

/// Results of steps, kept in the work folder under the key of what they were made from.
///
/// A step's folder counts only once it holds `complete.json`, and while the files listed there have their
/// sizes; without, it is left over from a run that was stopped, or damaged, and the step is done again.
package struct StepCache: Sendable {
  /// The work folder, for example `.spunge`.
  package let work: String

  package init(work: String) { self.work = work }

  /// The folder of `key`, finished or not.
  package func folder(_ key: StepKey) -> String { "\(work)/\(key.folderName)" }

  /// The folder with the results of `key`; nil when the step has not been finished.
  package func finished(_ key: StepKey) -> String? {
    let folder = folder(key)
    guard let data = try? Data(contentsOf: URL(filePath: "\(folder)/\(Step.marker)")),
      let marker = try? JSONDecoder().decode(StepMarker.self, from: data), marker.key == key,
      marker.describes(folder)
    else { return nil }
    return folder
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
    let marker = StepMarker(key: key, sizes: StepMarker.sizes(in: folder))
    let text = String(decoding: try encoder.encode(marker), as: UTF8.self)
    try WholeFile.write(text + "\n", to: "\(folder)/\(Self.marker)")
  }
}

/// `complete.json`: the key, and beside its fields the size of each file.
private struct StepMarker: Codable {
  let key: StepKey
  /// File → bytes; `nil` where an earlier version finished the step.
  let sizes: [String: Int]?

  private enum Keys: String, CodingKey { case sizes }

  init(key: StepKey, sizes: [String: Int]) {
    self.key = key
    self.sizes = sizes
  }

  init(from decoder: any Decoder) throws {
    key = try StepKey(from: decoder)
    sizes = try decoder.container(keyedBy: Keys.self).decodeIfPresent(
      [String: Int].self, forKey: .sizes)
  }

  func encode(to encoder: any Encoder) throws {
    try key.encode(to: encoder)
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(sizes, forKey: .sizes)
  }

  /// Whether the files that were there are there still.
  func describes(_ folder: String) -> Bool {
    (sizes ?? [:]).allSatisfy { Self.size("\(folder)/\($0.key)") == $0.value }
  }

  /// The files that stay as they are once the step is finished.
  static func sizes(in folder: String) -> [String: Int] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    let passing = [Step.marker, FileDigests.fileName]
    let files = names.filter { !$0.hasPrefix(".") && !passing.contains($0) }
    return Dictionary(
      uniqueKeysWithValues: files.compactMap { name in size("\(folder)/\(name)").map { (name, $0) }
      })
  }

  /// Bytes of a file; `nil` for anything else.
  private static func size(_ path: String) -> Int? {
    let found = try? FileManager.default.attributesOfItem(atPath: path)
    return found?[.type] as? FileAttributeType == .typeRegular ? found?[.size] as? Int : nil
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
