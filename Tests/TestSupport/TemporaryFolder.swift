import Foundation
import Synchronization

/// A new folder that is removed with this object.
package final class TemporaryFolder: Sendable {
  package let path: String

  /// - Parameter files: what is in it: name → text; names may have folders.
  package init(_ files: [String: String] = [:]) throws {
    path =
      FileManager.default.temporaryDirectory.appending(
        path: "spunge-test-\(UUID().uuidString)"
      ).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files {
      try FileManager.default.createDirectory(
        atPath: (file(name) as NSString).deletingLastPathComponent,
        withIntermediateDirectories: true)
      try write(name, text)
    }
  }

  /// The path of a file or folder inside.
  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// A folder for what all tests share, removed when the process ends.
  package static func untilExit() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let isFirst = shared.withLock { paths in
      paths.append(folder.path)
      return paths.count == 1
    }
    if isFirst {
      atexit {
        TemporaryFolder.shared.withLock { paths in
          for path in paths { try? FileManager.default.removeItem(atPath: path) }
        }
      }
    }
    return folder
  }

  private static let shared = Mutex<[String]>([])

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes `bytes` to the file `name` and returns its path.
  @discardableResult
  package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  /// Writes `text` to the file `name` and returns its path.
  @discardableResult
  package func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// Names of everything in the folder, sorted.
  package var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}
